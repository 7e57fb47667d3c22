use quick_junit::{Report, TestCaseStatus};
use roxmltree::{Document, Node};

use super::super::junit::report;
use super::super::samples::{nasty, submissions};

fn xml(submissions: &[crate::model::Submission]) -> String {
    report(submissions).expect("it can be written")
}

/// What Jenkins allows: the attributes and the children of each element. Those behind the bar must
/// be there.
///
/// From the schema of Jenkins' xUnit plugin, junit-10.xsd, and with one addition: `skipped` of the
/// root, which readers that do not know it pass over.
const RULES: &[(&str, &str, &str)] = &[
    ("testsuites", "name time tests failures errors skipped |", "testsuite"),
    ("testsuite", "time skipped timestamp | name tests failures errors", SUITE),
    ("testcase", "time classname group | name", "skipped error failure system-out system-err"),
    ("properties", "|", "property"),
    ("property", "| name value", ""),
    ("failure", "type message |", ""),
    ("error", "type message |", ""),
    ("skipped", "type message |", ""),
    ("system-err", "|", ""),
    ("system-out", "|", ""),
];
const SUITE: &str = "testsuite properties testcase system-out system-err";

fn assert_allowed(node: Node) {
    let name = node.tag_name().name();
    let rule = RULES.iter().find(|rule| rule.0 == name);
    let (_, attributes, children) = rule.unwrap_or_else(|| panic!("<{name}> is not known"));
    let (optional, required) = attributes.split_once('|').expect("each rule has a bar");
    for attribute in node.attributes() {
        let known = optional.split(' ').chain(required.split(' '));
        assert!(known.into_iter().any(|known| known == attribute.name()), "{name} {attribute:?}");
    }
    for attribute in required.split_whitespace() {
        assert!(node.has_attribute(attribute), "<{name}> has no {attribute}");
    }
    for child in node.children().filter(Node::is_element) {
        let child_name = child.tag_name().name();
        assert!(children.split(' ').any(|known| known == child_name), "<{child_name}> in <{name}>");
        assert_allowed(child);
    }
}

/// Each suite counts what is in it.
fn assert_counted(document: &Document) {
    let suites = || document.descendants().filter(|node| node.has_tag_name("testsuite"));
    for (count, tag) in [
        ("tests", "testcase"),
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ] {
        let tagged = |node: Node| node.descendants().filter(|node| node.has_tag_name(tag)).count();
        for node in suites().chain([document.root_element()]) {
            assert_eq!(node.attribute(count), Some(tagged(node).to_string().as_str()), "{count}");
        }
    }
}

#[test]
fn it_is_what_jenkins_reads() {
    let xml = xml(&submissions());
    let document = Document::parse(&xml).expect("it is XML");
    assert_allowed(document.root_element());
    assert_counted(&document);
}

#[test]
fn each_lab_of_each_submission_is_a_suite() {
    let report = Report::deserialize_from_str(&xml(&submissions())).expect("it is JUnit");
    assert_eq!(report.test_suites.len(), 4 * 8);
    assert_eq!(report.test_suites[3].name.as_str(), "alice/lab04");
    let properties = &report.test_suites[3].properties;
    let has = |name: &str, value: &str| {
        properties.iter().any(|p| p.name.as_str() == name && p.value.starts_with(value))
    };
    assert!(has("course", "0.1.0") && has("checks", "sha256:0123") && has("points", "5"));
    assert!(has("note", "tests/checks/lab04.rs was edited"));
}

/// The status of the test case at these places of the samples' report.
fn status(suite: usize, case: usize) -> TestCaseStatus {
    let report = Report::deserialize_from_str(&xml(&submissions())).expect("it is JUnit");
    report.test_suites[suite].test_cases[case].status.clone()
}

#[test]
fn each_outcome_has_its_element() {
    assert!(matches!(status(0, 0), TestCaseStatus::Success { .. }));
    assert!(matches!(status(2, 0), TestCaseStatus::Skipped { .. }), "a lab that is not started");
    assert!(matches!(status(7, 1), TestCaseStatus::Skipped { .. }), "a check that is ignored");
    let TestCaseStatus::NonSuccess { message, description, .. } = status(3, 2) else {
        panic!("it failed")
    };
    assert_eq!(message.expect("it has one").as_str(), "lab04 did not hold");
    assert!(description.expect("it has one").contains("\ncame:     silence\n"));
    let TestCaseStatus::NonSuccess { message, .. } = status(4, 0) else { panic!("it was not run") };
    assert_eq!(message.expect("it has one").as_str(), "not run: does not compile");
}

#[test]
fn the_words_of_the_compiler_are_there() {
    let report = Report::deserialize_from_str(&xml(&submissions())).expect("it is JUnit");
    let words = report.test_suites[4].system_err.as_ref().expect("it has them");
    assert!(words.contains("error: expected one of `!` or `::`"), "{}", words.as_str());
}

#[test]
fn an_empty_list_and_a_submission_without_labs_are_reports_too() {
    let empty = xml(&[]);
    let empty = Document::parse(&empty).expect("it is XML");
    assert_allowed(empty.root_element());
    assert_eq!(empty.root_element().attribute("tests"), Some("0"));

    let mut bare = submissions().remove(0);
    bare.labs.clear();
    let bare = xml(&[bare]);
    let bare = Document::parse(&bare).expect("it is XML");
    assert_eq!(bare.root_element().attribute("errors"), Some("1"));
}

#[test]
fn no_text_breaks_it_and_what_is_hidden_shows() {
    for submission in nasty() {
        let xml = xml(std::slice::from_ref(&submission));
        let document = Document::parse(&xml).expect("it is XML");
        assert_allowed(document.root_element());
        assert_counted(&document);
        let report = Report::deserialize_from_str(&xml).expect("it is JUnit");
        assert_eq!(report.test_suites.len(), submission.labs.len());
        assert!(!xml.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
        assert!(!xml.contains(['\u{fffe}', '\u{ffff}']));
    }
}

#[test]
fn a_sequence_for_a_terminal_hides_nothing_behind_it() {
    let mut submission = submissions().remove(0);
    submission.labs[3].results[2].story = "\u{1b}]0;hidden\nnot hidden".to_owned();
    let xml = xml(&[submission]);
    assert!(xml.contains("\\u{1b}]0;hidden\nnot hidden"), "{xml}");
}
