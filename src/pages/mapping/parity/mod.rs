//! Whether both systems are in step: one number for each class and side that add up to both totals, each with its list.

mod board;
mod list;

use couplet_engine::parity::ParityClass;
use couplet_engine::planning::DeletedPartners;
use couplet_engine::{Direction, MappingName, Side};
use couplet_synchronization::Goal;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{query_signal_with_options, use_navigate};

use crate::components::count_link::{run_path, side_of_code};
use crate::components::reading_state::ReadingState;
use crate::components::status::Loading;
use crate::i18n::*;
use crate::pages::mapping::parity::board::Board;
use crate::pages::mapping::parity::list::ClassList;
use crate::state::parity::{Judged, MappingParity, Parities};
use crate::state::previews::RulesState;
use crate::state::runs::Runs;
use crate::text;

/// What the tab shows; copies share it.
#[derive(Clone, Copy)]
struct ParityModel {
    name: StoredValue<MappingName>,
    parity: MappingParity,
    /// The list that is open.
    side: Memo<Side>,
    class: Memo<Option<ParityClass>>,
    /// Only records that differ in the field mapping with this number.
    field: Memo<Option<u32>>,
    set_field: SignalSetter<Option<u32>>,
    search: Memo<Option<String>>,
    set_search: SignalSetter<Option<String>>,
    selected: RwSignal<Option<u32>>,
    runs: StoredValue<Runs>,
    navigate: StoredValue<Navigate, LocalStorage>,
}

/// Goes to an address of the app.
type Navigate = Box<dyn Fn(&str, NavigateOptions)>;

impl ParityModel {
    fn judged(self) -> Option<Judged> {
        self.parity.judged.get()?.ok()
    }

    /// Opens the dry run that mends the broken couplings of the mapping.
    fn mend(self, direction: Direction) {
        let name = self.name.get_value();
        let goal = Goal::Mend { chosen: None, deleted: DeletedPartners::default() };
        self.runs.with_value(|runs| runs.of(&name)).aim(direction, goal);
        let path = run_path(&name);
        self.navigate.with_value(|navigate| navigate(&path, NavigateOptions::default()));
    }
}

/// The tab.
#[component]
pub fn ParityTab(
    /// The mapping.
    name: MappingName,
) -> impl IntoView {
    let i18n = use_i18n();
    let parity = Parities::expect().of(&name);
    let options = || NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
    let (side, _) = query_signal_with_options::<String>("of", options());
    let (class, _) = query_signal_with_options::<String>("class", options());
    let (field, set_field) = query_signal_with_options::<u32>("field", options());
    let (search, set_search) = query_signal_with_options::<String>("q", options());
    let side = Memo::new(move |_| {
        side.with(|side| side.as_deref().and_then(side_of_code)).unwrap_or(Side::BusinessCentral)
    });
    let class = Memo::new(move |_| class.with(|class| ParityClass::from_code(class.as_deref()?)));
    let model = ParityModel {
        name: StoredValue::new(name),
        parity,
        side,
        class,
        field,
        set_field,
        search,
        set_search,
        selected: RwSignal::new(None),
        runs: StoredValue::new(Runs::expect()),
        navigate: StoredValue::new_local(Box::new(use_navigate())),
    };
    Effect::new(move |_| {
        side.track();
        class.track();
        model.selected.set(None);
    });
    let is_here = Memo::new(move |_| matches!(parity.judged.get(), Some(Ok(_))));
    view! {
        <Show when=move || is_here.get() fallback=move || view! { <OnTheWay model=model /> }>
            <Board model=model />
            <ClassList model=model />
        </Show>
        <p class="parity__readings">
            {parity.sides
                .map(|side| {
                    view! {
                        <small>
                            <span class=text::side_class(side.side)>{move || text::side(i18n, side.side)}</span> " "
                            {move || side.handle().map(|handle| view! { <ReadingState handle=handle /> })}
                        </small>
                    }
                })
                .collect_view()}
        </p>
    }
}

/// What is missing as long as nothing can be said.
#[component]
fn OnTheWay(
    /// The tab.
    model: ParityModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let parity = model.parity;
    let is_unusable =
        move || parity.sides.iter().any(|side| matches!(side.rules.get(), RulesState::Broken(_)));
    move || {
        if is_unusable() {
            return view! { <p class="status status--failed" role="alert">{t!(i18n, parity.unusable)}</p> }
                .into_any();
        }
        if matches!(parity.judged.get(), Some(Err(_))) {
            return view! { <p class="status status--failed" role="alert">{t!(i18n, parity.cannot)}</p> }
                .into_any();
        }
        let is_read = parity.ground.with(Option::is_some);
        let label = Signal::derive(move || match is_read {
            true => t_string!(i18n, parity.judging).to_owned(),
            false => t_string!(i18n, parity.reading).to_owned(),
        });
        view! { <Loading label=label /> }.into_any()
    }
}
