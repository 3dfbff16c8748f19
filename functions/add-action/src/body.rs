//! The body of a submission, every field with its rule.

use std::collections::BTreeMap;

use proca::{
    action::{CustomFields, Donation, Frequency, Tracking},
    consent::{OptIn, Privacy},
    intake::Submission,
    json::{Body, Fields},
    name::{ActionType, Name},
    person::{Details, PersonName, split_name},
    problem::Problem,
    refs::ContactRef,
    text::Tag,
};

/// What a widget posts.
#[derive(Debug, Clone)]
pub(crate) struct AddAction {
    pub(crate) submission: Submission,
    pub(crate) contact: Option<(Details, Privacy)>,
    pub(crate) contact_ref: Option<ContactRef>,
}

impl AddAction {
    /// Reads the body; all that is wrong with it is said at once.
    pub(crate) fn parse(body: Body) -> Result<Self, Problem> {
        let read = read(body.fields());
        let violations = body.into_violations();
        match read {
            Some(action) if violations.is_empty() => Ok(action),
            Some(_) | None => Err(Problem::invalid(violations)),
        }
    }
}

fn read(mut fields: Fields<'_>) -> Option<AddAction> {
    let action_type: Option<ActionType> = fields.required("actionType");
    let custom_fields: Option<CustomFields> = fields.value(
        "customFields",
        "must be at most 30 fields, each a text, number, yes-or-no or a list of one of these, 5 kB in all",
    );
    let tracking = tracking(fields.object("tracking"));
    let donation = fields.object("donation").and_then(donation);
    let testing = fields.bool("testing").unwrap_or(false);
    let contact_ref: Option<ContactRef> = fields.text("contactRef");
    let contact = fields.object("contact").map(contact);
    let privacy = privacy(fields.object("privacy"));
    if fields.get("contact").is_none() && fields.get("contactRef").is_none() {
        let none: Option<()> = fields.wrong("", "give contact, or the contactRef of an earlier answer");
        debug_assert!(none.is_none());
    }
    fields.finish();
    let custom_fields = custom_fields.unwrap_or_default();
    let submission = Submission { action_type: action_type?, custom_fields, tracking, donation, testing };
    let contact = match contact {
        Some(details) => Some((details?, privacy)),
        None => None,
    };
    Some(AddAction { submission, contact, contact_ref })
}

fn contact(mut fields: Fields<'_>) -> Option<Details> {
    let (first_name, last_name) = name(&mut fields);
    let email = fields.required("email");
    let phone = fields.text("phone");
    let country = fields.text("country");
    let postcode = fields.text("postcode");
    let region = fields.text("region");
    let locality = fields.text("locality");
    let street = fields.text("street");
    let street_number = fields.text("streetNumber");
    fields.finish();
    let (first_name, email) = (first_name?, email?);
    Some(Details {
        first_name,
        last_name,
        email,
        phone,
        country,
        postcode,
        region,
        locality,
        street,
        street_number,
    })
}

/// First and last name as they are given, or a `name` alone, split on its first space.
fn name(fields: &mut Fields<'_>) -> (Option<PersonName>, Option<PersonName>) {
    let Some(whole) = fields.text::<PersonName>("name") else {
        if fields.get("name").is_some() {
            return (None, None);
        }
        return (fields.required("firstName"), fields.text("lastName"));
    };
    if fields.get("firstName").is_some() || fields.get("lastName").is_some() {
        return (fields.wrong("name", "give name alone, or firstName and lastName"), None);
    }
    let (first, last) = split_name(whole.expose());
    let first = fields.noted("name", PersonName::try_from(first.to_owned()));
    (first, last.and_then(|last| fields.noted("name", PersonName::try_from(last.to_owned()))))
}

fn privacy(fields: Option<Fields<'_>>) -> Privacy {
    let Some(mut fields) = fields else { return Privacy::default() };
    let (opt_in, lead_opt_in) = (fields.bool("optIn").into(), fields.bool("leadOptIn").into());
    let receivers = receivers(&mut fields);
    fields.finish();
    Privacy { opt_in, lead_opt_in, receivers }
}

/// The answers to further orgs, by their names; what was not answered may be `null`.
fn receivers(fields: &mut Fields<'_>) -> Vec<(Name, OptIn)> {
    let answers: Option<BTreeMap<Name, Option<bool>>> =
        fields.value("receivers", "must be true or false by the name of each org");
    answers.into_iter().flatten().map(|(name, answer)| (name, answer.into())).collect()
}

fn tracking(fields: Option<Fields<'_>>) -> Tracking {
    let unknown = || Tag::try_from("unknown".to_owned()).unwrap_or_else(|_| Tag::default());
    let Some(mut fields) = fields else {
        return Tracking {
            source: unknown(),
            medium: unknown(),
            campaign: unknown(),
            content: Tag::default(),
            location: None,
        };
    };
    let tracking = Tracking {
        source: fields.text("source").unwrap_or_else(unknown),
        medium: fields.text("medium").unwrap_or_else(unknown),
        campaign: fields.text("campaign").unwrap_or_else(unknown),
        content: fields.text("content").unwrap_or_default(),
        location: fields.text("location"),
    };
    fields.finish();
    tracking
}

fn donation(mut fields: Fields<'_>) -> Option<Donation> {
    let amount_minor = if fields.is_absent("amountMinor") {
        fields.wrong("amountMinor", "is required")
    } else {
        fields.count("amountMinor")
    };
    let currency = fields.required("currency");
    let frequency: Option<Frequency> =
        fields.value("frequency", "must be one_off, weekly, monthly or yearly");
    fields.finish();
    Some(Donation {
        amount_minor: amount_minor?,
        currency: currency?,
        frequency: frequency.unwrap_or_default(),
    })
}
