//! The names of submissions: as much of a folder's path as tells it from the others.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Names every folder, shortest first: its own name, then with that of its parent, and so on.
pub fn of(folders: &[PathBuf]) -> Vec<String> {
    let longest = folders.iter().map(|folder| parts(folder).len()).max().unwrap_or(0);
    let mut lengths = vec![1; folders.len()];
    for _ in 0..longest {
        let names = names(folders, &lengths);
        let mut times: BTreeMap<&String, usize> = BTreeMap::new();
        for name in &names {
            *times.entry(name).or_default() += 1;
        }
        for (length, name) in lengths.iter_mut().zip(&names) {
            if times[name] > 1 {
                *length += 1;
            }
        }
    }
    names(folders, &lengths)
}

fn names(folders: &[PathBuf], lengths: &[usize]) -> Vec<String> {
    let name = |(folder, &length): (&PathBuf, &usize)| {
        let parts = parts(folder);
        parts[parts.len().saturating_sub(length)..].join("/")
    };
    folders.iter().zip(lengths).map(name).collect()
}

fn parts(folder: &Path) -> Vec<String> {
    let named = folder.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folders: &[&str]) -> Vec<String> {
        of(&folders.iter().map(PathBuf::from).collect::<Vec<_>>())
    }

    #[test]
    fn a_submission_is_called_as_its_folder() {
        assert_eq!(names(&["/class/ada", "/class/alan"]), ["ada", "alan"]);
    }

    #[test]
    fn folders_of_one_name_are_told_apart_by_their_parents() {
        let folders = ["/class/ada/copy", "/class/alan/copy", "/class/grace"];
        assert_eq!(names(&folders), ["ada/copy", "alan/copy", "grace"]);
    }

    #[test]
    fn only_the_part_that_differs_is_needed() {
        assert_eq!(names(&["/a/x/copy", "/b/x/copy"]), ["a/x/copy", "b/x/copy"]);
    }
}
