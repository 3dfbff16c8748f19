//! The domain knows nothing of AWS, HTTP or the environment; edges are where it meets them.

use std::{fs, path::Path};

const EDGES: [&str; 17] = [
    "batch",
    "config",
    "due",
    "json",
    "key",
    "link_page",
    "log",
    "mailer",
    "metric",
    "page_cache",
    "problem",
    "push",
    "queue",
    "switchboard",
    "table",
    "web",
    "webhook",
];

#[test]
fn domain_modules_name_no_edge() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/src");
    let mut looked_at = 0;
    for file in fs::read_dir(source).unwrap().map(|entry| entry.unwrap().path()) {
        let module = file.file_stem().unwrap().to_str().unwrap().to_owned();
        if file.extension().is_none_or(|e| e != "rs") || EDGES.contains(&module.as_str()) || module == "lib" {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        for word in ["aws_", "lambda_", "http::", "hyper", "std::env", "tokio"] {
            assert!(!text.contains(word), "{module} mentions {word}");
        }
        for edge in EDGES {
            let uses = [format!("crate::{edge}::"), format!("    {edge}::"), format!("{{{edge}::")];
            assert!(!uses.iter().any(|u| text.contains(u)), "{module} uses the edge {edge}");
        }
        looked_at += 1;
    }
    assert!(looked_at > 25);
}
