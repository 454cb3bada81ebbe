//! What campaigns of one account must not share: included files, names, scenes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::document::Document;
use super::problem::Position;
use super::resolve::{Draft, Resolver};
use crate::model::{AccountName, AppIdSource, Scene, SceneType, grouped, in_ticks};

impl Resolver<'_> {
    /// Reports files that two campaigns of one account include: each of their scenes would be wanted twice.
    pub(super) fn report_shared_files(&mut self, drafts: &mut [Draft], documents: &[Document]) {
        let mut first: HashMap<(usize, String), (usize, Position)> = HashMap::new();
        for index in 0..drafts.len() {
            let group = self.group(&drafts[index].account);
            let mut kept = Vec::new();
            for (part, place) in std::mem::take(&mut drafts[index].parts) {
                let Some(place) = place else {
                    kept.push((part, None));
                    continue;
                };
                if let Some((other, earlier)) = first.get(&(part, group.clone())) {
                    let name = self.file_name(&documents[part]);
                    let message = format!("{name} is included by two campaigns of one account");
                    let found = self.findings.error(place, "included-twice", message);
                    found
                        .see(*earlier, "the other is here")
                        .help("a scene belongs to one campaign of an account");
                    drafts[*other].broken = true;
                    drafts[index].broken = true;
                } else {
                    first.insert((part, group.clone()), (index, place));
                    kept.push((part, Some(place)));
                }
            }
            drafts[index].parts = kept;
        }
    }

    /// What scenes must be unique in. Two accounts with one appid are one account to the platform.
    fn group(&self, account: &AccountName) -> String {
        match self.accounts.by_name.get(account).and_then(Option::as_ref).map(|account| &account.appid) {
            Some(AppIdSource::Literal(appid)) => format!("appid {appid}"),
            Some(AppIdSource::Variable(name)) => format!("variable {name}"),
            None => format!("account {account}"),
        }
    }

    pub(super) fn report_equal_names(&mut self, drafts: &mut [Draft], documents: &[Document]) {
        let mut first: HashMap<String, usize> = HashMap::new();
        for index in 0..drafts.len() {
            let Some(name) = &drafts[index].name else { continue };
            let place = |draft: &Draft| documents[draft.root].position("campaign");
            if let Some(other) = first.get(&name.folded()) {
                let message = format!("another campaign is named {} too", in_ticks(name.as_str()));
                self.findings
                    .error(place(&drafts[index]), "campaign-name-taken", message)
                    .see(place(&drafts[*other]), "the other is here")
                    .help("names must differ in more than upper and lower case: each is a folder's name");
                drafts[*other].broken = true;
                drafts[index].broken = true;
            } else {
                first.insert(name.folded(), index);
            }
        }
    }

    pub(super) fn report_equal_scenes(&mut self, drafts: &mut [Draft]) {
        let groups: Vec<String> = drafts.iter().map(|draft| self.group(&draft.account)).collect();
        let mut broken = BTreeSet::new();
        let mut by_group: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, group) in groups.iter().enumerate() {
            by_group.entry(group).or_default().push(index);
        }
        for members in by_group.values() {
            let total = members.iter().map(|index| drafts[*index].codes.len()).sum();
            let mut first: HashMap<&Scene, (usize, Position)> = HashMap::with_capacity(total);
            let mut twice: Vec<Overlap<'_>> = Vec::new();
            let mut digits = Vec::new();
            for index in members {
                for (code, place) in drafts[*index].codes.iter().zip(&drafts[*index].places) {
                    if let Some((other, earlier)) = first.get(code.scene()) {
                        if !twice.last_mut().is_some_and(|o| o.takes(code.scene(), *place, *earlier)) {
                            twice.push(Overlap::new(code.scene(), *place, *earlier));
                        }
                        broken.extend([*index, *other]);
                        continue;
                    }
                    first.insert(code.scene(), (*index, *place));
                    if let (SceneType::Str, Some(lookalike)) =
                        (code.scene().scene_type(), code.scene().lookalike())
                    {
                        digits.push((lookalike, *index, *place));
                    }
                }
            }
            for overlap in twice {
                self.findings
                    .error(overlap.place, "duplicate-scene", overlap.message())
                    .see(overlap.earlier, "the first is here")
                    .help("a scene belongs to one code of an account: the two would share their scans");
            }
            for (lookalike, index, place) in digits {
                if let Some((other, earlier)) = first.get(&lookalike) {
                    let message = format!(
                        "the text \"{lookalike}\" and the id {lookalike} cannot stand beside each other"
                    );
                    let found = self.findings.error(place, "lookalike-scene", message);
                    found.see(*earlier, "the id is here").help("events of the two look the same");
                    broken.extend([index, *other]);
                }
            }
        }
        for index in broken {
            drafts[index].broken = true;
        }
    }
}

/// Scenes that are wanted twice, one after another: a range overlaps with another range or with a list.
struct Overlap<'s> {
    first: &'s Scene,
    last: &'s Scene,
    /// The scene that was taken last; it begins again if a range is there a third time.
    at: &'s Scene,
    times: u64,
    place: Position,
    earlier: Position,
}

impl<'s> Overlap<'s> {
    fn new(scene: &'s Scene, place: Position, earlier: Position) -> Self {
        Self { first: scene, last: scene, at: scene, times: 2, place, earlier }
    }

    /// Adds the next scene that is wanted twice, if it belongs to the same ranges.
    fn takes(&mut self, scene: &'s Scene, place: Position, earlier: Position) -> bool {
        let (Scene::Id(at), Scene::Id(next)) = (self.at, scene) else { return false };
        let again = self.first != self.last && scene == self.first && earlier == self.earlier;
        let follows = at.get().checked_add(1) == Some(next.get());
        if !again && !(follows && (place == self.place || earlier == self.earlier)) {
            return false;
        }
        self.at = scene;
        self.last = self.last.max(scene);
        self.times += u64::from(again);
        true
    }

    fn message(&self) -> String {
        let often =
            if self.times == 2 { "twice".to_owned() } else { format!("{} times", grouped(self.times)) };
        if self.first == self.last {
            format!("the scene {} is wanted {often}", described(self.first))
        } else {
            format!("the scenes {} to {} are wanted {often}", described(self.first), described(self.last))
        }
    }
}

fn described(scene: &Scene) -> String {
    match scene {
        Scene::Id(id) => id.get().to_string(),
        Scene::Str(text) => format!("\"{}\"", text.as_str()),
    }
}
