//! Assessments and reviews.
