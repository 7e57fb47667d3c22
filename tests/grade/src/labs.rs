//! Which labs a command is about.

use std::ops::RangeInclusive;
use std::path::Path;

use anyhow::{Context, Result, bail};
use course::{Lab, labs_in};

/// The labs of the copy that this program was built in.
pub fn here() -> Vec<&'static Lab> {
    labs_in(&harness::workspace()).collect()
}

/// The labs that a list names, in the order of the course: `lab03`, `03`, `01-05`, `01,03-05`.
pub fn named(list: &str, course: &Path) -> Result<Vec<&'static Lab>> {
    let known: Vec<_> = labs_in(course).collect();
    let mut ranges = Vec::new();
    for item in list.split(',') {
        let (from, to) = item.split_once('-').unwrap_or((item, item));
        let range = number(from)?..=number(to)?;
        if range.is_empty() {
            bail!("{item} names no lab: the first number is the greater one");
        }
        if let Some(missing) =
            range.clone().find(|wanted| !known.iter().any(|lab| of(lab) == *wanted))
        {
            bail!("there is no lab{missing:02} in this copy of the course");
        }
        ranges.push(range);
    }
    let wanted =
        |lab: &&Lab| ranges.iter().any(|range: &RangeInclusive<u32>| range.contains(&of(lab)));
    Ok(known.into_iter().filter(wanted).collect())
}

/// The number of a lab.
fn of(lab: &Lab) -> u32 {
    lab.name.trim_start_matches("lab").parse().unwrap_or_default()
}

fn number(name: &str) -> Result<u32> {
    let number = name.trim().trim_start_matches("lab").parse();
    number.with_context(|| format!("{name:?} names no lab; say lab03, 03, 01-05 or 01,03-05"))
}

#[cfg(test)]
mod tests {
    use course::LABS;

    use super::*;

    /// What a list names where labs 01 to 06 are handed out.
    fn names(list: &str) -> Result<Vec<&'static str>, String> {
        let course = tempfile::tempdir().unwrap();
        for lab in &LABS[..6] {
            std::fs::create_dir_all(lab.starter(course.path())).unwrap();
        }
        let labs = named(list, course.path()).map_err(|error| error.to_string())?;
        Ok(labs.iter().map(|lab| lab.name).collect())
    }

    #[test]
    fn a_list_names_labs_in_the_order_of_the_course() {
        assert_eq!(names("lab03"), Ok(vec!["lab03"]));
        assert_eq!(names("05,01-02, 2"), Ok(vec!["lab01", "lab02", "lab05"]));
        assert_eq!(names("lab05-06"), Ok(vec!["lab05", "lab06"]));
    }

    #[test]
    fn a_list_that_names_no_lab_is_refused() {
        for (list, said) in [
            ("", "\"\" names no lab"),
            ("three", "\"three\" names no lab"),
            ("3-1", "3-1 names no lab"),
            ("01-99", "there is no lab07 in this copy"),
            ("0", "there is no lab00"),
        ] {
            let error = names(list).unwrap_err();
            assert!(error.starts_with(said), "{list}: {error}");
        }
    }
}
