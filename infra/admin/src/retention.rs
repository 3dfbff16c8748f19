//! Erasing what was kept for long enough.

use std::{collections::BTreeMap, fmt::Write};

use proca::config::Env;

use crate::{Failure, told};

/// Counts what was kept for long enough, by campaign and org; erases it where asked to.
pub(crate) async fn run(env: &Env, erase: bool) -> Result<String, Failure> {
    let table = env.table().map_err(|e| told(&e))?;
    let now = env.clock().now();
    let mut counts = BTreeMap::<_, u64>::new();
    let mut place = if erase { table.retention_place().await.map_err(|e| told(&e))? } else { None };
    loop {
        let part = table.outlived(place.as_ref(), now).await.map_err(|e| told(&e))?;
        for (campaign, copy) in part.copies {
            if erase {
                table.erase_copy(&copy, None, now).await.map_err(|e| told(&e))?;
            }
            *counts.entry((campaign, copy.org)).or_default() += 1;
        }
        place = part.next;
        if erase {
            table.set_retention_place(place.as_ref()).await.map_err(|e| told(&e))?;
        }
        if place.is_none() {
            break;
        }
    }
    let mut text = String::new();
    for ((campaign, org), count) in &counts {
        let written = writeln!(text, "{campaign}  {org}  {count}");
        written.map_err(|e| told(&e))?;
    }
    let sum: u64 = counts.values().sum();
    let end = if erase { "erased" } else { "would be erased: say --erase" };
    Ok(format!("{text}{sum} contacts {end}\n"))
}
