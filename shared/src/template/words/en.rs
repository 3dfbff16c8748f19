//! English.

use super::{Button, Wording, Words};

pub(super) const WORDS: Words = Words {
    language: "en",
    greeting: "Dear {{ firstName }},",
    confirm: Wording {
        subject: "Please confirm: {{ campaign.title }}",
        opening: "Somebody, hopefully you, signed “{{ campaign.title }}” with this address. One step is left: please confirm that it was you.",
    },
    reminder: Wording {
        subject: "Still to be confirmed: {{ campaign.title }}",
        opening: "Some days ago somebody, hopefully you, signed “{{ campaign.title }}” with this address. The signature does not count yet: please confirm that it was you.",
    },
    thank_you: Wording {
        subject: "Thank you for signing: {{ campaign.title }}",
        opening: "Thank you for signing “{{ campaign.title }}”.{% if campaign.stats.supporters > 1 %} {{ campaign.stats.supporters }} people have signed so far.{% endif %}",
    },
    duplicate: Wording {
        subject: "You had already signed: {{ campaign.title }}",
        opening: "You had already signed “{{ campaign.title }}”, so we count you once. The best you can do now is to ask a friend.",
    },
    confirm_button: Button {
        label: "Confirm my signature",
        hint: "If the button does not work, please open this address:",
    },
    share_button: Button { label: "Pass it on", hint: "This is the address to pass on:" },
    not_you: "It was not you?",
    take_back: "Take the signature back",
    not_me: "This was not me",
    unsubscribe: "No more mail from us",
    validity: "The links work for 30 days.",
    only_once: "We will not ask again.",
};
