//! One line of the list: what it says of a child, or what is wrong with it.

use crate::network::SheetRow;
use crate::rules::codes;
use crate::rules::division::Division;
use crate::rules::idcard::{self, IdCard};
use chrono::{Datelike, NaiveDate};
use std::collections::HashSet;

pub(super) const NAME: &[&str] = &["姓名", "儿童姓名", "name"];
pub(super) const PLACE: &[&str] = &["居住区划", "区划代码", "区划", "division"];
const SEX: &[&str] = &["性别", "sex"];
const BIRTH: &[&str] = &["出生日期", "birth_date"];
const NUMBER: &[&str] = &["证件号", "证件号码", "身份证号", "公民身份号码", "id_number"];
const CATEGORIES: &[&str] = &["儿童类别", "类别", "categories"];
const SCHOOL: &[&str] = &["学校班级", "学校", "school"];
const FEATURE: &[&str] = &["特征", "feature"];

/// Files are kept of children only.
const OF_AGE: i32 = 18;

/// A field of a child's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Name,
    Sex,
    BirthDate,
    IdNumber,
    Categories,
    Division,
    School,
    Feature,
}

impl Field {
    /// The column, for journal and timeline.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Sex => "sex",
            Self::BirthDate => "birth_date",
            Self::IdNumber => "id_number",
            Self::Categories => "categories",
            Self::Division => "division",
            Self::School => "school",
            Self::Feature => "feature",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Name => "姓名",
            Self::Sex => "性别",
            Self::BirthDate => "出生日期",
            Self::IdNumber => "证件号",
            Self::Categories => "儿童类别",
            Self::Division => "居住区划",
            Self::School => "学校班级",
            Self::Feature => "特征",
        }
    }
}

/// Fields in words.
pub(super) fn words(fields: &[Field]) -> String {
    let labels: Vec<&str> = fields.iter().map(|field| field.label()).collect();
    labels.join("、")
}

/// Where and when a list is brought in.
pub(super) struct Frame<'a> {
    /// The area that the importer answers for.
    pub(super) area: &'a Division,
    /// Every division there is.
    pub(super) divisions: &'a HashSet<String>,
    /// Today.
    pub(super) today: NaiveDate,
    /// Whether made-up numbers are taken: in the demonstration only.
    pub(super) synthetic: bool,
}

/// What a line says. An empty cell is nothing said.
pub(super) struct Told {
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) sex: Option<&'static str>,
    pub(super) birth: NaiveDate,
    pub(super) number: Option<String>,
    pub(super) categories: Vec<String>,
    pub(super) place: Division,
    pub(super) school: Option<String>,
    pub(super) feature: Option<String>,
}

impl Told {
    /// Reads a line.
    pub(super) fn read(row: &SheetRow, frame: &Frame<'_>) -> Result<Self, String> {
        let card = number(row.get(NUMBER), frame)?;
        Ok(Self {
            line: row.line,
            name: text("姓名", row.get(NAME), 50)?.ok_or("填写姓名")?,
            sex: sex(row.get(SEX), card.as_ref())?,
            birth: birth(row.get(BIRTH), card.as_ref(), frame.today)?,
            number: card.map(|card| card.number),
            categories: categories(row.get(CATEGORIES))?,
            place: place(row.get(PLACE), frame)?,
            school: text("学校班级", row.get(SCHOOL), 100)?,
            feature: text("特征", row.get(FEATURE), 200)?,
        })
    }

    /// The fields that the line gives.
    pub(super) fn fields(&self) -> Vec<Field> {
        let given = [
            (Field::Name, true),
            (Field::Sex, self.sex.is_some()),
            (Field::BirthDate, true),
            (Field::IdNumber, self.number.is_some()),
            (Field::Categories, !self.categories.is_empty()),
            (Field::Division, true),
            (Field::School, self.school.is_some()),
            (Field::Feature, self.feature.is_some()),
        ];
        let given = given.into_iter().filter(|(_, given)| *given);
        given.map(|(field, _)| field).collect()
    }

    /// Full years of life.
    pub(super) fn age(&self, today: NaiveDate) -> i16 {
        i16::try_from(years(self.birth, today)).unwrap_or_default()
    }
}

fn years(birth: NaiveDate, today: NaiveDate) -> i32 {
    let had = (today.month(), today.day()) >= (birth.month(), birth.day());
    today.year() - birth.year() - i32::from(!had)
}

fn text(name: &str, text: &str, most: usize) -> Result<Option<String>, String> {
    if text.chars().count() > most {
        return Err(format!("{name}不超过 {most} 字"));
    }
    if text.chars().any(char::is_control) {
        return Err(format!("{name}含有不可用的字符"));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

fn number(text: &str, frame: &Frame<'_>) -> Result<Option<IdCard>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let card = idcard::parse(text).map_err(|bad| format!("{bad}；表格中证件号列应设为文本"))?;
    if card.is_synthetic() && !frame.synthetic {
        return Err("证件号的地区码不存在，核对后重填".to_owned());
    }
    Ok(Some(card))
}

fn sex(text: &str, card: Option<&IdCard>) -> Result<Option<&'static str>, String> {
    let told = match text {
        "" => None,
        "男" | "1" => Some("1"),
        "女" | "2" => Some("2"),
        "未知" | "不详" | "0" => Some("0"),
        "未说明" | "9" => Some("9"),
        _ => return Err("性别应为 男、女 或 未知".to_owned()),
    };
    match (told, card.map(|card| card.sex.code())) {
        (Some("1" | "2"), Some(sex)) if told != Some(sex) => Err("性别与证件号不一致".to_owned()),
        (_, Some(sex)) => Ok(Some(sex)),
        (told, None) => Ok(told),
    }
}

fn birth(text: &str, card: Option<&IdCard>, today: NaiveDate) -> Result<NaiveDate, String> {
    let told = match text {
        "" => None,
        text => Some(date(text).ok_or("出生日期应为 2019-05-01 的样子")?),
    };
    let birth = match (told, card.map(|card| card.birth)) {
        (Some(told), Some(birth)) if told != birth => return Err("出生日期与证件号不一致".to_owned()),
        (_, Some(birth)) => birth,
        (Some(told), None) => told,
        (None, None) => return Err("没有证件号时填写出生日期".to_owned()),
    };
    if birth > today {
        return Err("出生日期不能晚于今天".to_owned());
    }
    if years(birth, today) >= OF_AGE {
        return Err("已年满 18 周岁，不建儿童档案".to_owned());
    }
    Ok(birth)
}

fn date(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日"]
        .into_iter()
        .find_map(|form| NaiveDate::parse_from_str(text, form).ok())
}

fn categories(text: &str) -> Result<Vec<String>, String> {
    let mut found: Vec<String> = Vec::new();
    let words = text.split(|c: char| matches!(c, '、' | '，' | ',' | '；' | ';' | '|') || c.is_whitespace());
    for word in words.filter(|word| !word.is_empty()) {
        // A number cell drops the zero in front.
        let code = format!("{word:0>2}");
        let known = codes::child_categories()
            .iter()
            .find(|row| row.code == code || row.name == word)
            .ok_or("儿童类别不在代码表内，填类别码（如 07）或名称，多个用顿号分开")?;
        if !found.contains(&known.code) {
            found.push(known.code.clone());
        }
    }
    Ok(found)
}

fn place(text: &str, frame: &Frame<'_>) -> Result<Division, String> {
    let place = Division::parse(text).map_err(|_| "居住区划应为 6、9 或 12 位代码".to_owned())?;
    if !frame.divisions.contains(place.code()) {
        return Err("居住区划不在区划名册内，核对代码".to_owned());
    }
    if !frame.area.contains(&place) {
        return Err("居住区划不在本辖区".to_owned());
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Sheet;

    const HEADS: &str = "姓名,性别,出生日期,证件号,儿童类别,居住区划,学校班级,特征";

    fn read(line: &str) -> Result<Told, String> {
        let area = Division::parse("140622").unwrap();
        let divisions = HashSet::from(["140622100000".to_owned(), "140623100000".to_owned()]);
        let frame = Frame {
            area: &area,
            divisions: &divisions,
            today: NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(),
            synthetic: true,
        };
        let sheet = Sheet::read(format!("{HEADS}\n{line}\n").as_bytes()).unwrap();
        Told::read(&sheet.rows[0], &frame)
    }

    fn fault(line: &str) -> String {
        read(line).err().unwrap_or_default()
    }

    #[test]
    fn a_full_line_is_read_as_it_stands() {
        let told = read("甲小宝,女,2019-01-01,140699201901010000,07、事实无人抚养儿童,140622100,一年级,").unwrap();
        assert_eq!((told.name.as_str(), told.sex), ("甲小宝", Some("2")));
        assert_eq!(told.birth.to_string(), "2019-01-01");
        assert_eq!(told.categories, ["07", "02"]);
        assert_eq!(told.place.code(), "140622100000");
        assert_eq!(
            (told.school.as_deref(), told.feature.as_deref()),
            (Some("一年级"), None)
        );
        assert_eq!(told.age(NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()), 7);
    }

    #[test]
    fn the_number_tells_what_is_left_out() {
        let told = read("甲小宝,,,140699201901010000,7,140622100,,").unwrap();
        assert_eq!((told.sex, told.birth.to_string().as_str()), (Some("2"), "2019-01-01"));
        assert_eq!(told.categories, ["07"], "a number cell drops the zero");
    }

    #[test]
    fn each_fault_says_what_to_do_and_repeats_no_content() {
        for (line, words) in [
            (",女,2019-01-01,,,140622100,,", "填写姓名"),
            ("甲小宝,雌,2019-01-01,,,140622100,,", "性别应为"),
            ("甲小宝,男,,140699201901010000,,140622100,,", "性别与证件号不一致"),
            (
                "甲小宝,,2019-01-02,140699201901010000,,140622100,,",
                "出生日期与证件号不一致",
            ),
            ("甲小宝,,,140699201901010001,,140622100,,", "校验位"),
            ("甲小宝,,,,,140622100,,", "没有证件号时填写出生日期"),
            ("甲小宝,,2027-01-01,,,140622100,,", "不能晚于今天"),
            ("甲小宝,,2008-11-23,,,140622100,,", "已年满 18 周岁"),
            ("甲小宝,,二〇一九年,,,140622100,,", "出生日期应为"),
            ("甲小宝,,2019-01-01,,天才,140622100,,", "儿童类别不在代码表内"),
            ("甲小宝,,2019-01-01,,,140623100,,", "不在本辖区"),
            ("甲小宝,,2019-01-01,,,140622999,,", "不在区划名册内"),
            ("甲小宝,,2019-01-01,,,应县,,", "6、9 或 12 位"),
        ] {
            let told = fault(line);
            assert!(told.contains(words), "{line}: {told}");
            assert!(!told.contains("甲小宝") && !told.contains("1406992"), "{told}");
        }
        assert!(fault(&format!("甲小宝,,2019-01-01,,,140622100,{},", "校".repeat(101))).contains("100 字"));
        assert_eq!(fault("甲小宝,,2008-11-24,,,140622100,,"), "", "one more day a child");
    }
}
