//! Italian, in the formal address.

use super::{Button, Wording, Words};

pub(super) const WORDS: Words = Words {
    language: "it",
    greeting: "Gentile {{ firstName }}{% if lastName %} {{ lastName }}{% endif %},",
    confirm: Wording {
        subject: "Da confermare: {{ campaign.title }}",
        opening: "qualcuno, speriamo lei, ha firmato «{{ campaign.title }}» con questo indirizzo. Manca un solo passo: confermi, per favore, che la firma è sua.",
    },
    reminder: Wording {
        subject: "Ancora da confermare: {{ campaign.title }}",
        opening: "alcuni giorni fa qualcuno, speriamo lei, ha firmato «{{ campaign.title }}» con questo indirizzo. La firma non conta ancora: confermi, per favore, che è sua.",
    },
    thank_you: Wording {
        subject: "Grazie per la sua firma: {{ campaign.title }}",
        opening: "grazie per aver firmato «{{ campaign.title }}».{% if campaign.stats.supporters > 1 %} Finora hanno firmato {{ campaign.stats.supporters }} persone.{% endif %}",
    },
    duplicate: Wording {
        subject: "Aveva già firmato: {{ campaign.title }}",
        opening: "aveva già firmato «{{ campaign.title }}», perciò la contiamo una volta sola. Ora l’aiuto più grande è parlarne ad altre persone.",
    },
    confirm_button: Button {
        label: "Confermo la mia firma",
        hint: "Se il pulsante non funziona, apra questo indirizzo:",
    },
    share_button: Button { label: "Passaparola", hint: "Questo è l’indirizzo da condividere:" },
    not_you: "La firma non è sua?",
    take_back: "Ritirare la firma",
    not_me: "La firma non è mia",
    unsubscribe: "Non ricevere più e-mail",
    validity: "I link funzionano per 30 giorni.",
    only_once: "Non lo chiederemo più.",
};
