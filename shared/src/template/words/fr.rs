//! French, in the formal address.

use super::{Button, Wording, Words};

pub(super) const WORDS: Words = Words {
    language: "fr",
    greeting: "Bonjour {{ firstName }},",
    confirm: Wording {
        subject: "Merci de confirmer\u{a0}: {{ campaign.title }}",
        opening: "Quelqu’un, vous-même nous l’espérons, a signé «\u{a0}{{ campaign.title }}\u{a0}» avec cette adresse. Il reste une étape\u{a0}: merci de confirmer qu’il s’agit bien de vous.",
    },
    reminder: Wording {
        subject: "En attente de confirmation\u{a0}: {{ campaign.title }}",
        opening: "Il y a quelques jours, quelqu’un, vous-même nous l’espérons, a signé «\u{a0}{{ campaign.title }}\u{a0}» avec cette adresse. La signature ne compte pas encore\u{a0}: merci de confirmer qu’il s’agit bien de vous.",
    },
    thank_you: Wording {
        subject: "Merci pour votre signature\u{a0}: {{ campaign.title }}",
        opening: "Merci d’avoir signé «\u{a0}{{ campaign.title }}\u{a0}».{% if campaign.stats.supporters > 1 %} {{ campaign.stats.supporters }} personnes ont déjà signé.{% endif %}",
    },
    duplicate: Wording {
        subject: "Vous aviez déjà signé\u{a0}: {{ campaign.title }}",
        opening: "Vous aviez déjà signé «\u{a0}{{ campaign.title }}\u{a0}»\u{a0}: nous ne vous comptons donc qu’une fois. Le plus utile, maintenant, est d’en parler autour de vous.",
    },
    confirm_button: Button {
        label: "Confirmer ma signature",
        hint: "Si le bouton ne fonctionne pas, veuillez ouvrir cette adresse\u{a0}:",
    },
    share_button: Button {
        label: "Faire passer le message", hint: "Voici l’adresse à transmettre\u{a0}:"
    },
    not_you: "Ce n’était pas vous\u{a0}?",
    take_back: "Retirer la signature",
    not_me: "Ce n’était pas moi",
    unsubscribe: "Ne plus recevoir d’e-mails",
    validity: "Les liens sont valables 30 jours.",
    only_once: "Nous ne vous le demanderons plus.",
};
