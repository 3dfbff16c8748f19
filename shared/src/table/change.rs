//! A change of the table, as its stream tells it.

use aws_lambda_events::event::dynamodb::EventRecord;

use crate::{
    action::Action,
    campaign::Campaign,
    delivery::Delivery,
    org::Org,
    page::ActionPage,
    table::{Entity, TableError},
};

/// What an item has become, for the kinds that something follows from.
#[derive(Debug, Clone)]
pub enum Change {
    /// An action was taken in, processed, linked or counted.
    Action(Box<Action>),
    /// A delivery was made or moved on.
    Delivery(Box<Delivery>),
    /// An org was made or changed.
    Org(Box<Org>),
    /// A campaign was made or changed.
    Campaign(Box<Campaign>),
    /// A page was made or changed.
    Page(Box<ActionPage>),
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
            Org::KIND => Self::Org(read(image)?),
            Campaign::KIND => Self::Campaign(read(image)?),
            ActionPage::KIND => Self::Page(read(image)?),
            _ => return Ok(None),
        }))
    }
}

fn read<E: Entity>(image: &serde_dynamo::Item) -> Result<Box<E>, TableError> {
    serde_dynamo::from_item(image.clone())
        .map(Box::new)
        .map_err(|source| TableError::Malformed { kind: E::KIND, source })
}
