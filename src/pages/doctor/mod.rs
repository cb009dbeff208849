//! Connection doctor: the proofs about both connections and every mapping. How one proof is shown is in `proof`.

mod proof;

use couplet_engine::Side;
use couplet_systems::doctor::{Finding, Verdict};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use self::proof::ProofList;
use crate::browser::http::Abort;
use crate::browser::{clipboard, intl, page as browser_page};
use crate::components::notice::{Notice, Tone};
use crate::components::number::formatted;
use crate::components::status::{Empty, Failed, Loading};
use crate::i18n::*;
use crate::pages::history::words;
use crate::queries::doctor::{Examined, examine};
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::Connections;
use crate::state::load::Load;
use crate::text::{self, I18n, doctor as doctor_text};

/// Classes of the four verdicts, in the order of [`counts`].
const CLASSES: [&str; 4] =
    ["verdict verdict--in", "verdict verdict--warn", "verdict verdict--out", "verdict verdict--plain"];

/// What the page's parts share.
#[derive(Clone, Copy)]
struct Page {
    i18n: I18n,
    store: ConfigurationStore,
    connections: Connections,
    /// None inside: there is no connection to examine.
    examined: RwSignal<Load<Option<Examined>>>,
    /// What became of copying.
    copied: RwSignal<Option<Result<(), String>>>,
    abort: StoredValue<Abort>,
}

impl Page {
    fn run(self) {
        self.examined.set(Load::Loading);
        self.copied.set(None);
        let mappings = self.store.configuration.with_untracked(|it| it.mappings.clone());
        let company =
            self.connections.business_central.with_untracked(|load| load.ready().map(|it| it.company.id));
        let abort = self.abort.get_value();
        spawn_local(async move {
            let examined = examine(mappings, company, &abort).await;
            // The page may have been left meanwhile.
            let _ = self.examined.try_set(examined.map_or_else(Load::Failed, Load::Ready));
        });
    }

    fn copy(self) {
        let report = self.examined.with_untracked(|load| {
            let examined = load.ready()?.as_ref()?;
            let heading =
                format!("{} · Couplet\n{}", t_string!(self.i18n, doctor.title), summary(self.i18n, examined));
            Some(doctor_text::report(self.i18n, &heading, &examined.findings))
        });
        let Some(report) = report else { return };
        spawn_local(async move {
            let outcome = clipboard::copy(&report).await;
            let _ = self.copied.try_set(Some(outcome));
        });
    }

    fn is_running(self) -> bool {
        self.examined.with(|load| matches!(load, Load::Idle | Load::Loading))
    }
}

/// How many are proven, want attention, failed, were not made.
fn counts<'f>(findings: impl Iterator<Item = &'f Finding>) -> [usize; 4] {
    let [mut green, mut amber, mut red, mut not_made] = [0; 4];
    for finding in findings {
        match finding.verdict {
            Verdict::Green => green += 1,
            Verdict::Amber(_) => amber += 1,
            Verdict::Red(_) => red += 1,
            Verdict::NotMade { .. } => not_made += 1,
        }
    }
    [green, amber, red, not_made]
}

/// The class of a verdict's tag.
fn class_of(verdict: Verdict) -> &'static str {
    let [green, amber, red, not_made] = CLASSES;
    match verdict {
        Verdict::Green => green,
        Verdict::Amber(_) => amber,
        Verdict::Red(_) => red,
        Verdict::NotMade { .. } => not_made,
    }
}

fn summary(i18n: I18n, examined: &Examined) -> String {
    t_string!(
        i18n,
        doctor.summary,
        count = formatted(i18n, examined.findings.len()),
        requests = formatted(i18n, examined.n_requests),
        time = intl::time(i18n.get_locale().as_str(), examined.at_ms)
    )
}

/// The page.
#[component]
pub fn DoctorPage() -> impl IntoView {
    let i18n = use_i18n();
    let page = Page {
        i18n,
        store: ConfigurationStore::expect(),
        connections: Connections::expect(),
        examined: RwSignal::new(Load::Idle),
        copied: RwSignal::new(None),
        abort: StoredValue::new(Abort::new()),
    };
    on_cleanup(move || page.abort.with_value(Abort::abort));
    // The mappings are examined too, so they have to be here first.
    Effect::new(move |_| {
        let is_here = page.store.load.with(|load| !matches!(load, Load::Idle | Load::Loading));
        if is_here && page.examined.with_untracked(|load| matches!(load, Load::Idle)) {
            page.run();
        }
    });
    Effect::new(move |_| browser_page::set_title(t_string!(i18n, doctor.title)));
    let has_findings = move || page.examined.with(|load| matches!(load, Load::Ready(Some(_))));
    view! {
        <div class="head">
            <div>
                <h1>{words(i18n, |i18n| t_string!(i18n, doctor.title))}</h1>
                <div class="head__sub">{words(i18n, |i18n| t_string!(i18n, doctor.sub))}</div>
            </div>
            <div class="head__actions">
                <button type="button" disabled=move || !has_findings() on:click=move |_| page.copy()>
                    {words(i18n, |i18n| t_string!(i18n, doctor.copy))}
                </button>
                <button type="button" class="button--primary" disabled=move || page.is_running() on:click=move |_| page.run()>
                    {words(i18n, |i18n| t_string!(i18n, doctor.run_again))}
                </button>
            </div>
        </div>
        {move || page.copied.get().map(|copied| copy_notice(i18n, copied))}
        {move || body(page)}
    }
}

/// What there is of the findings.
fn body(page: Page) -> AnyView {
    let i18n = page.i18n;
    page.examined.with(|load| match load {
        Load::Idle | Load::Loading => {
            view! { <Loading label=words(i18n, |i18n| t_string!(i18n, doctor.running)) /> }.into_any()
        }
        Load::Failed(failure) => {
            view! { <Failed failure=failure.clone() retry=move |()| page.run() /> }.into_any()
        }
        Load::Ready(None) => view! {
            <Empty>
                <p>{words(i18n, |i18n| t_string!(i18n, doctor.empty))}</p>
                <A href="/connections" attr:class="button">{words(i18n, |i18n| t_string!(i18n, doctor.to_connections))}</A>
            </Empty>
        }
        .into_any(),
        Load::Ready(Some(examined)) => view! { <Findings page examined=examined.clone() /> }.into_any(),
    })
}

fn copy_notice(i18n: I18n, copied: Result<(), String>) -> AnyView {
    let tone = if copied.is_ok() { Tone::Done } else { Tone::Warning };
    let text = Signal::derive(move || match &copied {
        Ok(()) => t_string!(i18n, doctor.copied).to_owned(),
        Err(detail) => t_string!(i18n, doctor.not_copied, detail = detail.clone()),
    });
    view! { <Notice tone text /> }.into_any()
}

/// The summary, both systems, the mappings.
#[component]
fn Findings(page: Page, examined: Examined) -> impl IntoView {
    let i18n = page.i18n;
    let of_side = |side: Side| {
        let of_side = |it: &&Finding| it.mapping.is_none() && it.check.info().1 == side;
        let findings: Vec<Finding> = examined.findings.iter().filter(of_side).cloned().collect();
        let counted = counts(findings.iter());
        let (heading, class) = (format!("doctor-{}", text::side_class(side)), text::side_class(side));
        view! {
            <section class=format!("card card--{class}") aria-labelledby=heading.clone()>
                <header>
                    <h2 id=heading.clone() class=class>{move || text::side(i18n, side)}</h2>
                    <Counts i18n counted />
                </header>
                <ProofList i18n findings />
            </section>
        }
        .into_any()
    };
    let sides = [Side::BusinessCentral, Side::Dataverse].map(of_side);
    let findings = examined.findings.clone();
    let counted = counts(findings.iter());
    let is_proven = matches!(counted, [_, 0, 0, 0]);
    view! {
        <div class="doctor__summary" role="status">
            <Counts i18n counted />
            <span>
                {is_proven.then(|| words(i18n, |i18n| t_string!(i18n, doctor.all_proven)))}
                " "
                {move || summary(i18n, &examined)}
            </span>
        </div>
        <div class="doctor__systems">{sides.into_iter().collect_view()}</div>
        <OfMappings page findings />
    }
}

/// How many of each verdict, in words and color; verdicts that do not occur are left out.
#[component]
fn Counts(i18n: I18n, counted: [usize; 4]) -> impl IntoView {
    let verdicts: [fn(I18n) -> &'static str; 4] = [
        |i18n| t_string!(i18n, doctor.green),
        |i18n| t_string!(i18n, doctor.amber),
        |i18n| t_string!(i18n, doctor.red),
        |i18n| t_string!(i18n, doctor.not_made),
    ];
    let counted = counted.into_iter().zip(verdicts).zip(CLASSES);
    let tags = counted.filter(|((count, _), _)| *count > 0).map(|((count, name), class)| {
        view! { <span class=class>{words(i18n, name)} " " {move || formatted(i18n, count)}</span> }
    });
    view! { <span class="doctor__counts">{tags.collect_view()}</span> }
}

/// The proofs mapping by mapping; what is not all proven is open.
#[component]
fn OfMappings(page: Page, findings: Vec<Finding>) -> impl IntoView {
    let i18n = page.i18n;
    let mut names: Vec<_> = findings.iter().filter_map(|it| it.mapping.clone()).collect();
    names.dedup();
    let is_empty = names.is_empty();
    let items = names.into_iter().map(|name| {
        let of_mapping: Vec<Finding> =
            findings.iter().filter(|it| it.mapping.as_ref() == Some(&name)).cloned().collect();
        let [n_green, others @ ..] = counts(of_mapping.iter());
        let [n_amber, n_red, n_not_made] = others;
        let n_all = of_mapping.len();
        let is_open = n_green < n_all;
        let proven = move || {
            t_string!(
                i18n,
                doctor.proven_of,
                proven = formatted(i18n, n_green),
                count = formatted(i18n, n_all)
            )
        };
        view! {
            <li>
                <details class="doctor__mapping" open=is_open>
                    <summary>
                        <strong>{name.to_string()}</strong>
                        <span class="quiet">{proven}</span>
                        <Counts i18n counted=[0, n_amber, n_red, n_not_made] />
                    </summary>
                    <ProofList i18n findings=of_mapping />
                </details>
            </li>
        }
        .into_any()
    });
    let items = items.collect_view();
    view! {
        <section class="card doctor__mappings" aria-labelledby="doctor-mappings">
            <header><h2 id="doctor-mappings">{words(i18n, |i18n| t_string!(i18n, doctor.mappings))}</h2></header>
            {is_empty.then(|| view! {
                <Empty>
                    <p>{words(i18n, |i18n| t_string!(i18n, doctor.no_mappings))}</p>
                    <A href="/default-setup" attr:class="button">{words(i18n, |i18n| t_string!(i18n, doctor.to_setup))}</A>
                </Empty>
            })}
            <ul class="doctor__list">{items}</ul>
        </section>
    }
}
