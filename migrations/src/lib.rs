//! The schema, forward only, one concern per file. Never imports the package.

#![expect(clippy::too_many_lines, reason = "one table is one statement, however many columns")]
#![expect(
    elided_lifetimes_in_paths,
    reason = "async_trait wants the signature of the trait to the letter"
)]

use sea_orm_migration::prelude::*;

mod m0001_network;
mod m0002_accounts;
mod m0003_reports;
mod m0004_cases;
mod m0005_handling;
mod m0006_journal;
mod m0007_due_order;
mod m0008_chain;
mod m0009_routine_care;
mod m0011_registration;
mod m0011_sealed_columns;
mod m0014_service_tokens;
mod m0015_journal_guard;
mod m0020_deadline_rules;
mod m0021_running_clocks;
mod m0030_notices;
mod m0031_notice_choices;
mod m0032_dead_letters;
mod m0040_order_returns;
mod m0041_order_time;
mod m0042_supervision;
mod m0043_order_results;
mod m0050_task_disputes;
mod m0051_conferences;
mod m0070_transfers;
mod m0060_measure_life;
mod m0071_seats;
mod m0072_vacancies;
mod m0073_supervision_clock;
mod m0074_vacancies_above;
mod m0075_notice_purge;
mod m0090_watched;
mod m0091_everywhere_due;
mod m0092_red_due;
mod m0093_looked_up;
mod m0080_hotline_clients;
mod m0081_hotline_orders;
mod m0082_outbox_lanes;
mod m0083_hotline_reconciliations;
mod m0100_exchanges;
mod m0101_phone_calls;
mod m0102_call_returns;
mod m0103_rung_drafts;
mod m0110_referrals;
mod m0111_referral_lines;
mod m0112_articles;
mod m0113_article_versions;
mod m0114_article_grams;
mod m0115_report_articles;
mod m0116_services;
mod m0130_quality_sheets;
mod m0131_quality_samples;
mod m0132_quality_reviews;
mod m0133_board_figures;
mod m0140_attachments;
mod m0141_rung_back;
mod m0142_emergency_receipts;
mod m0150_hotline_file_mappings;
mod m0151_hotline_by_file;
mod m0160_settled_notices;

/// All migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_network::Migration),
            Box::new(m0002_accounts::Migration),
            Box::new(m0003_reports::Migration),
            Box::new(m0004_cases::Migration),
            Box::new(m0005_handling::Migration),
            Box::new(m0006_journal::Migration),
            Box::new(m0007_due_order::Migration),
            Box::new(m0008_chain::Migration),
            Box::new(m0009_routine_care::Migration),
            Box::new(m0011_registration::Migration),
            Box::new(m0011_sealed_columns::Migration),
            Box::new(m0014_service_tokens::Migration),
            Box::new(m0015_journal_guard::Migration),
            Box::new(m0020_deadline_rules::Migration),
            Box::new(m0021_running_clocks::Migration),
            Box::new(m0030_notices::Migration),
            Box::new(m0031_notice_choices::Migration),
            Box::new(m0032_dead_letters::Migration),
            Box::new(m0040_order_returns::Migration),
            Box::new(m0041_order_time::Migration),
            Box::new(m0042_supervision::Migration),
            Box::new(m0043_order_results::Migration),
            Box::new(m0050_task_disputes::Migration),
            Box::new(m0051_conferences::Migration),
            Box::new(m0070_transfers::Migration),
            Box::new(m0060_measure_life::Migration),
            Box::new(m0071_seats::Migration),
            Box::new(m0072_vacancies::Migration),
            Box::new(m0073_supervision_clock::Migration),
            Box::new(m0074_vacancies_above::Migration),
            Box::new(m0075_notice_purge::Migration),
            Box::new(m0090_watched::Migration),
            Box::new(m0091_everywhere_due::Migration),
            Box::new(m0080_hotline_clients::Migration),
            Box::new(m0081_hotline_orders::Migration),
            Box::new(m0082_outbox_lanes::Migration),
            Box::new(m0083_hotline_reconciliations::Migration),
            Box::new(m0092_red_due::Migration),
            Box::new(m0093_looked_up::Migration),
            Box::new(m0100_exchanges::Migration),
            Box::new(m0101_phone_calls::Migration),
            Box::new(m0102_call_returns::Migration),
            Box::new(m0103_rung_drafts::Migration),
            Box::new(m0110_referrals::Migration),
            Box::new(m0111_referral_lines::Migration),
            Box::new(m0112_articles::Migration),
            Box::new(m0113_article_versions::Migration),
            Box::new(m0114_article_grams::Migration),
            Box::new(m0115_report_articles::Migration),
            Box::new(m0116_services::Migration),
            Box::new(m0130_quality_sheets::Migration),
            Box::new(m0131_quality_samples::Migration),
            Box::new(m0132_quality_reviews::Migration),
            Box::new(m0133_board_figures::Migration),
            Box::new(m0140_attachments::Migration),
            Box::new(m0141_rung_back::Migration),
            Box::new(m0142_emergency_receipts::Migration),
            Box::new(m0150_hotline_file_mappings::Migration),
            Box::new(m0151_hotline_by_file::Migration),
            Box::new(m0160_settled_notices::Migration),
        ]
    }
}
