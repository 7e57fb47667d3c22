//! What the tests of grading share: made-up submissions, the marks they should have, and the grader.

pub mod class;
pub mod deeds;
pub mod grader;
pub mod kinds;
pub mod marks;
#[path = "../../src/model.rs"]
pub mod model;
