//! Spanish, in the familiar address that campaigns use.

use super::{Button, Wording, Words};

pub(super) const WORDS: Words = Words {
    language: "es",
    greeting: "Hola, {{ firstName }}:",
    confirm: Wording {
        subject: "Por favor, confirma: {{ campaign.title }}",
        opening: "Alguien, esperamos que tú, ha firmado «{{ campaign.title }}» con esta dirección. Solo falta un paso: por favor, confirma que has sido tú.",
    },
    reminder: Wording {
        subject: "Pendiente de confirmar: {{ campaign.title }}",
        opening: "Hace unos días alguien, esperamos que tú, firmó «{{ campaign.title }}» con esta dirección. La firma todavía no cuenta: por favor, confirma que fuiste tú.",
    },
    thank_you: Wording {
        subject: "Gracias por firmar: {{ campaign.title }}",
        opening: "Gracias por firmar «{{ campaign.title }}».{% if campaign.stats.supporters > 1 %} Ya han firmado {{ campaign.stats.supporters }} personas.{% endif %}",
    },
    duplicate: Wording {
        subject: "Ya habías firmado: {{ campaign.title }}",
        opening: "Ya habías firmado «{{ campaign.title }}», así que te contamos una sola vez. Lo que más ayuda ahora es que se lo cuentes a otras personas.",
    },
    confirm_button: Button {
        label: "Confirmar mi firma",
        hint: "Si el botón no funciona, abre esta dirección:",
    },
    share_button: Button { label: "Compartir", hint: "Esta es la dirección para compartir:" },
    not_you: "¿No has sido tú?",
    take_back: "Retirar la firma",
    not_me: "No he sido yo",
    unsubscribe: "No recibir más correos",
    validity: "Los enlaces funcionan durante 30 días.",
    only_once: "No volveremos a preguntarte.",
};
