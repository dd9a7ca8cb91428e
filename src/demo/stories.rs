//! What the callers of the demonstration tell. Invented, without names.

/// One kind of call.
pub(super) struct Story {
    pub(super) case_type: &'static str,
    pub(super) demand: &'static str,
    pub(super) reporter: &'static str,
    pub(super) relation: &'static str,
    pub(super) flags: &'static [&'static str],
    pub(super) situations: &'static [&'static str],
    pub(super) cohabiting: &'static str,
    pub(super) content: &'static str,
}

const fn story(case_type: &'static str, demand: &'static str, content: &'static str) -> Story {
    Story {
        case_type,
        demand,
        reporter: "V04",
        relation: "905",
        flags: &[],
        situations: &[],
        cohabiting: "unknown",
        content,
    }
}

impl Story {
    const fn red(mut self, flags: &'static [&'static str], situations: &'static [&'static str]) -> Self {
        self.flags = flags;
        self.situations = situations;
        self.cohabiting = "yes";
        self
    }

    const fn from(mut self, reporter: &'static str, relation: &'static str) -> Self {
        self.reporter = reporter;
        self.relation = relation;
        self
    }
}

pub(super) const BEATEN: Story = story(
    "0101",
    "tipoff",
    "邻居反映，孩子这几天常被同住的大人打，今早哭喊很久，胳膊上有成片淤青，大人现在还在家。",
)
.red(&["needs_medical"], &["MR4"]);
pub(super) const LEFT_ALONE: Story = story(
    "0602",
    "tipoff",
    "孩子一个人在家已经两天，父母在外打工联系不上，没有饭吃，晚上不敢关灯。",
)
.red(&["alone"], &["MR6"]);
pub(super) const NEGLECTED: Story = story(
    "0401",
    "tipoff",
    "孩子长期穿不暖，常到邻居家要吃的，家里大人喝酒不管，村里有人说情。",
);
pub(super) const HARDSHIP: Story = story(
    "1603",
    "help_request",
    "奶奶带着孩子生活，今年收成不好，冬天的煤和学杂费都有困难，想问能不能申请救助。",
)
.from("V03", "62");

pub(super) const STORIES: &[Story] = &[
    story("0403", "tipoff", "五六岁的孩子经常被锁在家里，大人出去打牌到半夜。").from("V04", "905"),
    story("0301", "tipoff", "孩子天天被骂，说要把他扔了，孩子在学校不说话。").from("M01", "902"),
    story(
        "0601",
        "help_request",
        "父亲服刑，母亲失联，孩子暂住亲戚家，亲戚说照顾不了多久。",
    )
    .from("V03", "97"),
    story("0901", "tipoff", "孩子在学校被几个同学堵着打，不敢去上学。").from("V02", "52"),
    story("1201", "tipoff", "孩子开学后一直没去学校，在家带弟弟。").from("M09", "904"),
    story(
        "1601",
        "help_request",
        "孩子跟爷爷奶奶住，父母都在外地，作业没人管，想要人陪伴。",
    )
    .from("V03", "61"),
    story("1604", "help_request", "孩子父亲去世，母亲失去联系快一年，问怎么认定。").from("M09", "904"),
    story(
        "1302",
        "help_request",
        "孩子最近不吃饭、不睡觉，说活着没意思，家长很担心。",
    )
    .from("V02", "51"),
    story("0604", "tipoff", "受托照顾孩子的亲戚常年酗酒，孩子放学没人接。"),
    story("1703", "complaint", "学校门口小摊卖过期零食，孩子吃了拉肚子。").from("V02", "52"),
    story("1402", "tipoff", "孩子上学路上要横穿公路，没有斑马线，前几天差点被撞。").from("V04", "905"),
    story("0303", "tipoff", "父母经常当着孩子的面打架，孩子躲在门外哭。"),
];
