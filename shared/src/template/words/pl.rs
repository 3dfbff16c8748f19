//! Polish, in the formal address, and in forms that suit women and men.

use super::{Button, Wording, Words};

pub(super) const WORDS: Words = Words {
    language: "pl",
    greeting: "Dzień dobry, {{ firstName }}!",
    confirm: Wording {
        subject: "Prosimy o potwierdzenie: {{ campaign.title }}",
        opening: "Z użyciem tego adresu podpisano „{{ campaign.title }}”. Mamy nadzieję, że to Pani lub Pana podpis. Pozostał jeden krok: prosimy o potwierdzenie.",
    },
    reminder: Wording {
        subject: "Czeka na potwierdzenie: {{ campaign.title }}",
        opening: "Kilka dni temu z użyciem tego adresu podpisano „{{ campaign.title }}”. Mamy nadzieję, że to Pani lub Pana podpis. Na razie się nie liczy: prosimy o potwierdzenie.",
    },
    thank_you: Wording {
        subject: "Dziękujemy za podpis: {{ campaign.title }}",
        opening: "Dziękujemy za podpisanie „{{ campaign.title }}”.{% if campaign.stats.supporters > 1 %} Liczba dotychczasowych podpisów: {{ campaign.stats.supporters }}.{% endif %}",
    },
    duplicate: Wording {
        subject: "Ten podpis już mamy: {{ campaign.title }}",
        opening: "Pani lub Pana podpis pod „{{ campaign.title }}” już mamy, dlatego liczymy go tylko raz. Teraz najbardziej pomoże opowiedzenie o tym innym.",
    },
    confirm_button: Button {
        label: "Potwierdzam podpis",
        hint: "Jeśli przycisk nie działa, prosimy otworzyć ten adres:",
    },
    share_button: Button { label: "Podaj dalej", hint: "Adres, który można przekazać innym:" },
    not_you: "To nie Pani ani Pana podpis?",
    take_back: "Wycofaj podpis",
    not_me: "To nie mój podpis",
    unsubscribe: "Nie chcę więcej wiadomości",
    validity: "Linki działają przez 30 dni.",
    only_once: "Nie zapytamy ponownie.",
};
