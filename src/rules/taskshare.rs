//! What a department learns of a case with a task: for each type the fields
//! its work needs, and no more (最小必要, 个人信息保护法第六条).

/// A field of the case that a task may share. What stands here in no type's
/// list is never told: telephone numbers, opinions, plans, visits, the reporter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SharedField {
    /// 所在地（到村级区划）
    Place,
    /// 现在地详址
    Address,
    /// 儿童姓名
    Name,
    /// 儿童性别
    Sex,
    /// 儿童年龄
    Age,
    /// 儿童出生日期
    BirthDate,
    /// 儿童证件号
    IdNumber,
    /// 儿童特征
    Feature,
    /// 儿童学校班级
    School,
    /// 儿童类别
    Category,
    /// 案件类型
    CaseType,
    /// 情况摘要
    Summary,
    /// 嫌疑人是否同住
    Cohabiting,
    /// 嫌疑人
    Suspect,
    /// 监护人
    Guardian,
}

impl SharedField {
    /// Every field, in the order of the screen.
    pub const ALL: [Self; 15] = [
        Self::Place,
        Self::Address,
        Self::Name,
        Self::Sex,
        Self::Age,
        Self::BirthDate,
        Self::IdNumber,
        Self::Feature,
        Self::School,
        Self::Category,
        Self::CaseType,
        Self::Summary,
        Self::Cohabiting,
        Self::Suspect,
        Self::Guardian,
    ];

    /// The word in `data/task_types.csv`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::Address => "address",
            Self::Name => "name",
            Self::Sex => "sex",
            Self::Age => "age",
            Self::BirthDate => "birth_date",
            Self::IdNumber => "id_number",
            Self::Feature => "feature",
            Self::School => "school",
            Self::Category => "category",
            Self::CaseType => "case_type",
            Self::Summary => "summary",
            Self::Cohabiting => "cohabiting",
            Self::Suspect => "suspect",
            Self::Guardian => "guardian",
        }
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Place => "地点",
            Self::Address => "详细地址",
            Self::Name => "姓名",
            Self::Sex => "性别",
            Self::Age => "年龄",
            Self::BirthDate => "出生日期",
            Self::IdNumber => "证件号",
            Self::Feature => "特征",
            Self::School => "学校班级",
            Self::Category => "儿童类别",
            Self::CaseType => "案件类型",
            Self::Summary => "情况摘要",
            Self::Cohabiting => "嫌疑人是否同住",
            Self::Suspect => "嫌疑人",
            Self::Guardian => "监护人",
        }
    }

    /// Reads the word of the file.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::codes;

    #[test]
    fn every_word_reads_back_to_its_field() {
        for field in SharedField::ALL {
            assert_eq!(SharedField::parse(field.code()), Some(field));
        }
    }

    #[test]
    fn no_type_is_told_everything_and_every_type_where() {
        for kind in codes::task_types() {
            assert!(kind.fields.contains(&SharedField::Place), "{}", kind.code);
            assert!(kind.fields.len() < SharedField::ALL.len(), "{}", kind.code);
            assert!(kind.fields.is_sorted(), "{}: in the order of the screen", kind.code);
        }
    }
}
