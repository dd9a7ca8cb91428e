//! What a department is told of a case: everything gathered once, narrowed to
//! the fields of the task's type, and sealed with the task. What is read again
//! is narrowed again, so that a shorter list holds for old tasks at once.

use crate::casework::{NewChild, NewParty, Opening};
use crate::entity::{case_child, child, party, protection_case};
use crate::error::Result;
use crate::network;
use crate::rules::codes::{self, TaskType};
use crate::rules::division::Division;
use crate::rules::taskshare::SharedField;
use crate::vault::{Slot, Vault};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the department is told of the case, kept sealed with the task.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Shared {
    pub(super) case_number: String,
    pub(super) lead: String,
    pub(super) place: String,
    pub(super) address: Option<String>,
    pub(super) children: Vec<SharedChild>,
    case_types: Vec<String>,
    summary: Option<String>,
    cohabiting: Option<String>,
    suspects: Vec<String>,
    guardians: Vec<String>,
}

/// A child as far as the type needs it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SharedChild {
    name: Option<String>,
    sex: Option<String>,
    age: Option<i16>,
    birth_date: Option<String>,
    id_number: Option<String>,
    feature: Option<String>,
    school: Option<String>,
    categories: Vec<String>,
}

/// A shared field beyond the place and the children, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// Its code.
    pub field: &'static str,
    /// The word on screen.
    pub label: &'static str,
    /// What it says.
    pub value: String,
}

impl Shared {
    /// Everything of a case in the making that a task could share.
    pub(super) fn of_opening(case: &protection_case::Model, opening: &Opening<'_>, place: &str) -> Self {
        Self {
            case_number: case.number.clone(),
            lead: opening.plan.lead.unit_name.clone(),
            place: place.to_owned(),
            address: said(opening.address.as_deref()),
            children: opening.children.iter().map(SharedChild::of_new).collect(),
            case_types: opening.case_types.clone(),
            summary: said(Some(&opening.summary)),
            cohabiting: Some(opening.cohabiting_suspect.clone()),
            suspects: new_adults(&opening.parties, |row| row.suspect || row.kind == "suspect"),
            guardians: new_adults(&opening.parties, |row| row.kind == "guardian"),
        }
    }

    /// Everything of a case that a task could share, as it stands now.
    pub(super) async fn of_case(
        db: &impl ConnectionTrait,
        vault: &Vault,
        case: &protection_case::Model,
    ) -> Result<Self> {
        let slot = |column| Slot::new("protection_case", column, case.id);
        let parties = party::Entity::find()
            .filter(party::Column::CaseId.eq(case.id))
            .order_by_asc(party::Column::Id)
            .all(db)
            .await?;
        Ok(Self {
            case_number: case.number.clone(),
            lead: network::unit_name(db, case.lead_unit).await?,
            place: network::path_of(db, &Division::parse(&case.division)?).await?,
            address: vault.open_some(slot("address"), case.address.as_ref())?,
            children: children(db, vault, case.id).await?,
            case_types: case.case_types.0.clone(),
            summary: said(Some(&vault.open(slot("summary"), &case.summary)?)),
            cohabiting: Some(case.cohabiting_suspect.clone()),
            suspects: adults(vault, &parties, |row| row.suspect || row.kind == "suspect")?,
            guardians: adults(vault, &parties, |row| row.kind == "guardian")?,
        })
    }

    /// The one narrowing: what the type's list does not name is gone.
    pub(super) fn only(mut self, kind: &TaskType) -> Self {
        let told = |field| kind.fields.contains(&field);
        let keep = |field, text: &mut Option<String>| {
            if !told(field) {
                *text = None;
            }
        };
        let keep_all = |field, words: &mut Vec<String>| {
            if !told(field) {
                words.clear();
            }
        };
        if !told(SharedField::Place) {
            self.place.clear();
        }
        keep(SharedField::Address, &mut self.address);
        keep(SharedField::Summary, &mut self.summary);
        keep(SharedField::Cohabiting, &mut self.cohabiting);
        keep_all(SharedField::CaseType, &mut self.case_types);
        keep_all(SharedField::Suspect, &mut self.suspects);
        keep_all(SharedField::Guardian, &mut self.guardians);
        for child in &mut self.children {
            keep(SharedField::Name, &mut child.name);
            keep(SharedField::Sex, &mut child.sex);
            keep(SharedField::BirthDate, &mut child.birth_date);
            keep(SharedField::IdNumber, &mut child.id_number);
            keep(SharedField::Feature, &mut child.feature);
            keep(SharedField::School, &mut child.school);
            keep_all(SharedField::Category, &mut child.categories);
            if !told(SharedField::Age) {
                child.age = None;
            }
        }
        self
    }

    /// The children, each in a line; none where the type is told of no child.
    pub(super) fn lines(&self, kind: &TaskType) -> Vec<String> {
        let lines = self.children.iter().map(|child| child.line(kind));
        lines.filter(|line| !line.is_empty()).collect()
    }

    /// The other fields that the type is told and that are known.
    pub(super) fn details(&self) -> Vec<Detail> {
        let types = self.case_types.iter();
        let types: Vec<&str> = types
            .map(|code| codes::case_type(code).map_or(code.as_str(), |row| row.name.as_str()))
            .collect();
        let cohabiting = self.cohabiting.as_deref().map(|word| match word {
            "yes" => "是",
            "no" => "否",
            _ => "不清楚",
        });
        [
            (SharedField::CaseType, types.join("、")),
            (SharedField::Cohabiting, cohabiting.unwrap_or_default().to_owned()),
            (SharedField::Suspect, self.suspects.join("；")),
            (SharedField::Guardian, self.guardians.join("；")),
            (SharedField::Summary, self.summary.clone().unwrap_or_default()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(field, value)| Detail {
            field: field.code(),
            label: field.label(),
            value,
        })
        .collect()
    }
}

impl SharedChild {
    fn of_new(child: &NewChild) -> Self {
        Self {
            name: said(child.name.as_deref()),
            sex: Some(child.sex.clone()),
            age: child.age,
            birth_date: child.birth_date.map(|day| day.to_string()),
            id_number: said(child.id_number.as_deref()),
            feature: said(child.feature.as_deref()),
            school: None,
            categories: Vec::new(),
        }
    }

    fn of_row(vault: &Vault, row: &child::Model) -> Result<Self> {
        let slot = |column| Slot::new("child", column, row.id);
        Ok(Self {
            name: vault.open_some(slot("name"), row.name.as_ref())?,
            sex: Some(row.sex.clone()),
            age: row.age_at_intake,
            birth_date: vault.open_some(slot("birth_date"), row.birth_date.as_ref())?,
            id_number: vault.open_some(slot("id_number"), row.id_number.as_ref())?,
            feature: vault.open_some(slot("feature"), row.feature.as_ref())?,
            school: vault.open_some(slot("school"), row.school.as_ref())?,
            categories: row.categories.0.clone(),
        })
    }

    fn line(&self, kind: &TaskType) -> String {
        let told = |field| kind.fields.contains(&field);
        let sex = told(SharedField::Sex).then(|| match self.sex.as_deref() {
            Some("1") => "男".to_owned(),
            Some("2") => "女".to_owned(),
            _ => "性别不详".to_owned(),
        });
        let age = told(SharedField::Age).then(|| self.age.map_or("年龄不详".to_owned(), |age| format!("{age}岁")));
        let named = |field: SharedField, text: &Option<String>| {
            let text = text.as_ref();
            text.map(|text| format!("{}：{text}", field.label()))
        };
        let categories = self.categories.iter();
        let categories: Vec<&str> = categories
            .map(|code| codes::child_category(code).map_or(code.as_str(), |row| row.name.as_str()))
            .collect();
        let parts = [
            self.name.clone(),
            age,
            sex,
            named(SharedField::BirthDate, &self.birth_date),
            named(SharedField::IdNumber, &self.id_number),
            self.feature.clone(),
            named(SharedField::School, &self.school),
            Some(categories.join("、")),
        ];
        let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("，")
    }
}

async fn children(db: &impl ConnectionTrait, vault: &Vault, case: Uuid) -> Result<Vec<SharedChild>> {
    let links = case_child::Entity::find()
        .filter(case_child::Column::CaseId.eq(case))
        .all(db)
        .await?;
    let rows = child::Entity::find()
        .filter(child::Column::Id.is_in(links.iter().map(|link| link.child_id)))
        .order_by_asc(child::Column::Id)
        .all(db)
        .await?;
    rows.iter().map(|row| SharedChild::of_row(vault, row)).collect()
}

fn said(text: Option<&str>) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    text.map(str::to_owned)
}

fn in_words(relation: Option<&str>, name: Option<&str>) -> String {
    let relation = relation.and_then(|code| codes::relation(code).or_else(|| codes::suspect_type(code)));
    let relation = relation.map(|row| row.name.as_str());
    match (relation, name) {
        (Some(relation), Some(name)) => format!("{relation} {name}"),
        (Some(relation), None) => relation.to_owned(),
        (None, Some(name)) => name.to_owned(),
        (None, None) => "身份不详".to_owned(),
    }
}

fn new_adults(parties: &[NewParty], wanted: impl Fn(&NewParty) -> bool) -> Vec<String> {
    let wanted = parties.iter().filter(|row| wanted(row));
    wanted
        .map(|row| in_words(row.relation.as_deref(), said(row.name.as_deref()).as_deref()))
        .collect()
}

fn adults(vault: &Vault, parties: &[party::Model], wanted: impl Fn(&party::Model) -> bool) -> Result<Vec<String>> {
    let wanted = parties.iter().filter(|row| wanted(row));
    wanted
        .map(|row| {
            let name = vault.open_some(Slot::new("party", "name", row.id), row.name.as_ref())?;
            Ok(in_words(row.relation.as_deref(), name.as_deref()))
        })
        .collect()
}
