//! The log of erasures, and erasing again.

use proca::{config::Env, erasure::Erasure};

use crate::{Failure, told};

/// The log of erasures of a table, a line of JSON for each.
pub(crate) async fn print(env: &Env) -> Result<String, Failure> {
    let table = env.table().map_err(|e| told(&e))?;
    let erasures = table.erasures().await.map_err(|e| told(&e))?;
    let mut text = String::new();
    for erasure in erasures {
        text.push_str(&serde_json::to_string(&erasure).map_err(|e| told(&e))?);
        text.push('\n');
    }
    Ok(text)
}

/// Does again what the log in a file says was done.
pub(crate) async fn again(env: &Env, file: &str) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file).map_err(|e| Failure(format!("{file}: {e}")))?;
    let read = |(n, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|e| Failure(format!("{file}, line {}: {e}", n + 1)))
    };
    let log: Vec<Erasure> = text.lines().enumerate().map(read).collect::<Result<_, _>>()?;
    let table = env.table().map_err(|e| told(&e))?;
    let (random, now) = (env.random(), env.clock().now());
    let mut supporters = 0;
    for erasure in &log {
        table.note_erasure(erasure).await.map_err(|e| told(&e))?;
        supporters += table.erase(erasure, (&random, now)).await.map_err(|e| told(&e))?;
    }
    Ok(format!("{} erasures done again; the table had {supporters} signatures of theirs\n", log.len()))
}
