//! German, in the formal address.

use super::{Button, Wording, Words};

pub(super) const WORDS: Words = Words {
    language: "de",
    greeting: "Guten Tag {{ firstName }}{% if lastName %} {{ lastName }}{% endif %},",
    confirm: Wording {
        subject: "Bitte bestätigen: {{ campaign.title }}",
        opening: "mit dieser Adresse wurde „{{ campaign.title }}“ unterschrieben, hoffentlich von Ihnen. Ein Schritt fehlt noch: Bitte bestätigen Sie, dass Sie es waren.",
    },
    reminder: Wording {
        subject: "Noch nicht bestätigt: {{ campaign.title }}",
        opening: "vor einigen Tagen wurde mit dieser Adresse „{{ campaign.title }}“ unterschrieben, hoffentlich von Ihnen. Die Unterschrift zählt noch nicht: Bitte bestätigen Sie, dass Sie es waren.",
    },
    thank_you: Wording {
        subject: "Danke für Ihre Unterschrift: {{ campaign.title }}",
        opening: "vielen Dank, dass Sie „{{ campaign.title }}“ unterschrieben haben.{% if campaign.stats.supporters > 1 %} Bisher haben {{ campaign.stats.supporters }} Menschen unterschrieben.{% endif %}",
    },
    duplicate: Wording {
        subject: "Sie hatten schon unterschrieben: {{ campaign.title }}",
        opening: "Sie hatten „{{ campaign.title }}“ schon unterschrieben, deshalb zählen wir Sie nur einmal. Am meisten hilft es jetzt, wenn Sie anderen davon erzählen.",
    },
    confirm_button: Button {
        label: "Unterschrift bestätigen",
        hint: "Wenn die Schaltfläche nicht funktioniert, öffnen Sie bitte diese Adresse:",
    },
    share_button: Button { label: "Weitersagen", hint: "Diese Adresse können Sie weitergeben:" },
    not_you: "Das waren nicht Sie?",
    take_back: "Unterschrift zurücknehmen",
    not_me: "Das war ich nicht",
    unsubscribe: "Keine E-Mails mehr erhalten",
    validity: "Die Links funktionieren 30 Tage lang.",
    only_once: "Wir fragen nicht noch einmal.",
};
