use super::*;

#[test]
fn every_file_can_be_read() {
    assert_eq!(faults(), Vec::<String>::new());
}
