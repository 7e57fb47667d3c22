//! The pages of the book in a real browser, as a reader meets them.

#[cfg(chromium)]
mod browser;
#[cfg(chromium)]
mod reading;
#[cfg(chromium)]
mod server;

#[cfg(not(chromium))]
#[test]
#[ignore = "needs Chromium: install it, or let CHROME name it"]
fn the_pages_in_a_real_browser() {}

#[cfg(not(all(chromium, axe_core)))]
#[test]
#[ignore = "needs Chromium, and axe-core: let AXE_CORE name its axe.min.js, as .ci/run does"]
fn no_page_breaks_an_accessibility_rule() {}
