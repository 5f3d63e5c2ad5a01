//! `cargo xtask ci`: runs the checks, each named and timed, and stops at the first that fails.

use std::time::Instant;

use anyhow::{Context, bail};

use crate::check::{CHECKS, Check, NotChecked};
use crate::workspace::Workspace;

/// Prints the name of every check and what it checks.
pub(crate) fn list() {
    for check in CHECKS {
        println!("{:<14} {}", check.name, check.about);
    }
}

/// Runs the checks with these names, or every check if there are no names.
pub(crate) fn run(names: &[&str]) -> anyhow::Result<()> {
    let checks = select(names)?;
    let workspace = Workspace::load()?;
    let start = Instant::now();
    let mut not_checked = Vec::new();
    for (position, check) in checks.iter().enumerate() {
        println!("\n[{}/{}] {}: {}", position + 1, checks.len(), check.name, check.about);
        let start = Instant::now();
        if judge(check, (check.run)(&workspace))? {
            println!("{}: passed in {}", check.name, seconds(start));
        } else {
            not_checked.push(check.name);
        }
    }
    println!("\nchecks passed: {}, in {}", checks.len() - not_checked.len(), seconds(start));
    for name in not_checked {
        println!("NOT CHECKED: {name}");
    }
    Ok(())
}

/// Whether a check passed. If it did not, it could not be made, and its error says why. A failure is an error.
fn judge(check: &Check, result: anyhow::Result<()>) -> anyhow::Result<bool> {
    match result {
        Err(error) if error.is::<NotChecked>() => {
            println!("{}: NOT CHECKED: {error}", check.name);
            Ok(false)
        }
        result => result.map(|()| true).with_context(|| format!("check `{}` failed", check.name)),
    }
}

fn select(names: &[&str]) -> anyhow::Result<Vec<&'static Check>> {
    if names.is_empty() {
        return Ok(CHECKS.iter().collect());
    }
    names.iter().map(|name| find(name)).collect()
}

fn find(name: &str) -> anyhow::Result<&'static Check> {
    let Some(check) = CHECKS.iter().find(|check| check.name == name) else {
        bail!("there is no check `{name}`; `cargo xtask ci --list` lists them");
    };
    Ok(check)
}

fn seconds(start: Instant) -> String {
    format!("{:.1} s", start.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(selected: &[&Check]) -> Vec<&'static str> {
        selected.iter().map(|check| check.name).collect()
    }

    #[test]
    fn no_name_selects_every_check() {
        assert_eq!(select(&[]).unwrap().len(), CHECKS.len());
    }

    #[test]
    fn names_select_checks_in_the_order_given() {
        assert_eq!(names(&select(&["source", "format"]).unwrap()), ["source", "format"]);
    }

    #[test]
    fn a_check_that_could_not_be_made_neither_passes_nor_fails() {
        let check = &CHECKS[0];
        assert!(judge(check, Ok(())).unwrap());
        assert!(!judge(check, Err(NotChecked("no network".to_owned()).into())).unwrap());
        let error = judge(check, Err(anyhow::anyhow!("wrong"))).unwrap_err();
        assert!(error.to_string().contains(check.name), "{error}");
    }

    #[test]
    fn an_unknown_name_is_an_error_that_repeats_it() {
        let error = select(&["format", "fromat"]).err().expect("no such check");
        assert!(error.to_string().contains("`fromat`"), "{error}");
    }
}
