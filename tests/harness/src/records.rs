//! What failed checks write down, as files that other programs read.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::record::Record;

/// The environment variable that names a folder. A check that fails writes its record there, as JSON:
/// one file a check, `lab03--the_name_of_the_check.json`, with the story under `story`, and under
/// `told_by` the check that was the first to tell of the same mistake.
pub const RECORDS: &str = "SOCKET_LABS_RECORDS";

/// Writes a record, if somebody wants it.
pub(crate) fn write(record: &Record, story: &str, told_by: &str) {
    let Some(folder) = env::var_os(RECORDS) else { return };
    let name = format!("{}--{}.json", record.package, record.check.replace("::", "--"));
    let mut value = json!(record);
    value["story"] = Value::from(story);
    value["told_by"] = Value::from(told_by);
    // Whoever asked finds no file, and says so.
    let _ = fs::write(Path::new(&folder).join(name), value.to_string());
}

/// The same of a check that has no program, and so no record: only why.
pub(crate) fn write_why(package: &str, check: &str, why: &str) {
    let Some(folder) = env::var_os(RECORDS) else { return };
    let name = format!("{package}--{}.json", check.replace("::", "--"));
    let value = json!({ "package": package, "check": check, "story": why });
    let _ = fs::write(Path::new(&folder).join(name), value.to_string());
}

/// The stories in a folder of records, each under its check's name: `labNN::the_name_of_the_check`.
pub fn stories(folder: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let records = files.filter_map(|file| {
        let record: Value = serde_json::from_slice(&fs::read(file.path()).ok()?).ok()?;
        let [package, check, story] =
            ["package", "check", "story"].map(|field| record[field].as_str().map(str::to_owned));
        Some((format!("{}::{}", package?, check?), story?))
    });
    records.collect()
}
