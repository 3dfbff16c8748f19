//! A change of the table, as its stream tells it.

use aws_lambda_events::event::dynamodb::EventRecord;

use crate::{
    action::Action,
    delivery::Delivery,
    due::{Due, Settings},
    key::Key,
    notice::Notice,
    table::{Entity, TableError},
};

/// What an item has become, for the kinds that something follows from.
#[derive(Debug, Clone)]
pub enum Change {
    /// An action was taken in, processed, linked or counted.
    Action(Box<Action>),
    /// A delivery was made or moved on.
    Delivery(Box<Delivery>),
    /// A mail to staff was made or moved on.
    Notice(Box<Notice>),
    /// An org, a campaign or a page was made or changed, and bundles do not have it yet.
    Settings(Settings),
}

impl Change {
    /// Reads a stream record; `None` where nothing follows from it.
    pub fn of(record: &EventRecord) -> Result<Option<Self>, TableError> {
        let image = &record.change.new_image;
        let Some(serde_dynamo::AttributeValue::S(kind)) = image.get("kind") else { return Ok(None) };
        if *image == record.change.old_image {
            return Ok(None);
        }
        Ok(Some(match kind.as_str() {
            Action::KIND => Self::Action(read(image)?),
            Delivery::KIND => Self::Delivery(read(image)?),
            Notice::KIND => Self::Notice(read(image)?),
            _ => return Ok(settings(image, &record.change.old_image).map(Self::Settings)),
        }))
    }
}

/// Which settings are due. Once bundles have them their entry in the index goes, or waits for a
/// campaign's end: that is no change of theirs.
fn settings(image: &serde_dynamo::Item, before: &serde_dynamo::Item) -> Option<Settings> {
    if image.get("version") == before.get("version") {
        return None;
    }
    let text = |name: &str| match image.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => Some(text.clone()),
        Some(_) | None => None,
    };
    text("gsi1pk")?;
    match Due::of(&Key { pk: text("pk")?, sk: text("sk")? })? {
        Due::Settings(settings) => Some(settings),
        Due::Action(_) | Due::PendingAction | Due::Delivery(..) | Due::Notice(..) => None,
    }
}

fn read<E: Entity>(image: &serde_dynamo::Item) -> Result<Box<E>, TableError> {
    serde_dynamo::from_item(image.clone())
        .map(Box::new)
        .map_err(|source| TableError::Malformed { kind: E::KIND, source })
}
