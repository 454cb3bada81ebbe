use super::super::changes_in_words as english;
use super::*;

/// How a code was before: the same but for what `change` does to it.
fn piece(made: &Made, change: impl FnOnce(&mut BundledCode)) -> BundledCode {
    let mut piece = made.artifact().row().bundled(PictureNames::Dated);
    change(&mut piece);
    piece
}

fn relabel(piece: &mut BundledCode, channel: &str) {
    piece.channel = Channel::new(channel).expect("a channel");
    piece.digest = Digest::of(channel.as_bytes());
}

fn replace(piece: &mut BundledCode, days: i64) {
    piece.generation -= 1;
    piece.url.push_str("before");
    piece.digest = Digest::of(b"another");
    piece.expires_at = Some(start() + jiff::SignedDuration::from_hours(24 * days));
}

/// Codes of every fate: 1 and 7 replaced, 2 relabelled, 3 as it was, 4 new, 5 withdrawn.
fn changed() -> Campaign {
    let mut campaign = Campaign::small();
    campaign.artifacts[0].generation.number = 4;
    campaign.artifacts[0].medium = Some(Medium::Paper);
    campaign.artifacts[1].medium = Some(Medium::Screen);
    campaign.add(4, Scene::text("007").expect("a scene"), "=new", Some(30));
    campaign.add(7, Scene::text("x").expect("a scene"), "Hall", None).generation.number = 2;
    let mut gone = Campaign::new();
    let gone = gone.add_plain(5, Scene::id(5).expect("a scene"), "@gone", Some(3));
    gone.medium = Some(Medium::Screen);
    let earlier = [
        piece(&campaign.artifacts[4], |piece| replace(piece, 9)),
        piece(gone, |_| ()),
        piece(&campaign.artifacts[2], |_| ()),
        piece(&campaign.artifacts[1], |piece| relabel(piece, "北京, 门店")),
        piece(&campaign.artifacts[0], |piece| replace(piece, 27)),
    ];
    campaign.changes = changes(&campaign, earlier, Since::Revision(2));
    campaign
}

fn changes(campaign: &Campaign, earlier: impl IntoIterator<Item = BundledCode>, since: Since) -> Changes {
    let artifacts: Vec<_> = campaign.artifacts.iter().map(Made::artifact).collect();
    Changes::new(&artifacts, &campaign.header.appid, (since, earlier.into_iter().collect()), None)
}

const CHANGED: [&str; 7] = [
    "\u{FEFF}change,seq,scene,scene_type,channel_before,channel,generation_before,generation,image_before,image,replace_before,on_paper,medium,compared_with",
    "replaced,1,1001,id,Metro line 2,Metro line 2,3,4,images/000001_1001_Metro-line-2_g3_until-20261218.jpg,images/000001_1001_Metro-line-2_g4_until-20261221.jpg,2026-12-19 15:04,,paper,r2",
    "relabelled,2,北京-7,str,\"北京, 门店\",北京 门店（一）,1,1,\"images/000002_北京-7_北京,-门店_g1_until-20261128.jpg\",images/000002_北京-7_北京-门店（一）_g1_until-20261128.jpg,,,screen,r2",
    "new,4,'007,str,,'=new,,1,,images/000004_007_=new_g1_until-20261221.jpg,,,,r2",
    "withdrawn,5,5,id,'@gone,,1,,images/000005_5_@gone_g1_until-20261124.jpg,,2026-11-25 15:04,,screen,r2",
    "replaced,7,x,str,Hall,Hall,1,2,images/000007_x_Hall_g1_until-20261130.jpg,images/000007_x_Hall_g2.jpg,2026-12-01 15:04,,,r2",
    "",
];

#[test]
fn changes_csv_has_a_row_for_each_code_that_is_not_as_it_was() {
    let output = changed().written();
    assert_eq!(output.entry("CHANGES.csv"), CHANGED.join("\r\n"));
    assert_eq!(output.faults(), []);
}

#[test]
fn the_readme_says_what_to_print_again_and_by_when() {
    let said = |campaign: &Campaign| {
        let readme = campaign.written_once().entry("README.txt");
        let lines: Vec<_> = readme.lines().map(str::to_owned).collect();
        let of = |before: &str| {
            let at = lines.iter().position(|line| line.starts_with(before)).expect("the line");
            lines[at + 1].clone()
        };
        [of("临时二维码到期即失效"), of("A renewed code is a different picture")]
    };
    let mut campaign = changed();
    assert_eq!(
        said(&campaign),
        [
            "与第 2 版相比：新增 1 个；换图 2 个，请重新印刷，最迟在 2026-11-30 换下旧图；仅改标注 1 个，不要重印；撤下 1 个。\
             明细见 CHANGES.csv。",
            "Since revision 2: 1 new; 2 pictures replaced: reprint by 2026-11-30; 1 only relabelled: do not \
             reprint; 1 withdrawn. CHANGES.csv lists them.",
        ]
    );
    for (media, chinese, english) in [
        (
            [Medium::Paper, Medium::Screen],
            "换图 1 个，请重新印刷，最迟在 2026-12-18 换下旧图；屏幕用换图 1 个，请最迟在 2026-11-30 把屏幕上的旧图换成新图；",
            "1 picture replaced: reprint by 2026-12-18; 1 picture for screens replaced: put the new one on the \
             screens by 2026-11-30; ",
        ),
        (
            [Medium::Screen, Medium::Screen],
            "新增 1 个；屏幕用换图 2 个，请最迟在 2026-11-30 把屏幕上的旧图换成新图；",
            "1 new; 2 pictures for screens replaced: put the new ones on the screens by 2026-11-30; ",
        ),
    ] {
        let mut campaign = changed();
        (campaign.artifacts[0].medium, campaign.artifacts[4].medium) = (Some(media[0]), Some(media[1]));
        let [in_chinese, in_english] = said(&campaign);
        assert!(in_chinese.contains(chinese) && in_english.contains(english), "{in_chinese}\n{in_english}");
    }
    campaign.changes = changes(&campaign, [], Since::First);
    let first = ["这是第一版，全部二维码都是新增。", "This is the first revision: all codes are new."];
    assert_eq!(said(&campaign), first);
    campaign.changes = changes(&campaign, [], Since::Unknown(2));
    assert_eq!(
        said(&campaign),
        [
            "台账没有记录第 2 版的内容，所以不知道有什么变化。",
            "The ledger has no record of what revision 2 held: what changed is not known.",
        ]
    );
    let same: Vec<_> = campaign.artifacts.iter().map(|made| piece(made, |_| ())).collect();
    campaign.changes = changes(&campaign, same, Since::Revision(2));
    assert_eq!(said(&campaign), ["与第 2 版相比，二维码没有变化。", "Since revision 2, no code changed."]);
    let permanent = piece(&campaign.artifacts[2], |piece| {
        replace(piece, 1);
        piece.expires_at = None;
    });
    let one = changes(&campaign, [permanent], Since::Revision(2));
    assert_eq!(english(&one, &|_| false), "4 new; 1 picture replaced: reprint");
}

#[test]
fn the_same_code_with_another_url_is_replaced_and_with_the_same_url_relabelled() {
    let campaign = Campaign::small();
    let kind = |change: &dyn Fn(&mut BundledCode)| {
        let earlier = piece(&campaign.artifacts[0], change);
        let changes = changes(&campaign, [earlier], Since::Revision(1)).changes;
        changes.iter().find(|change| change.seq == Some(1)).map(|change| change.kind)
    };
    assert_eq!(kind(&|_| ()), None);
    assert_eq!(kind(&|piece| piece.seq = 9), None, "another place is no other code");
    assert_eq!(kind(&|piece| piece.url.push('x')), Some(ChangeKind::Replaced));
    assert_eq!(kind(&|piece| relabel(piece, "x")), Some(ChangeKind::Relabelled));
    let other_scene = kind(&|piece| piece.scene = Scene::text("1001").expect("a scene"));
    assert_eq!(other_scene, Some(ChangeKind::New));
}

/// A piece of paper of a code as it is, but for what `change` does to it.
fn on_paper(made: &Made, change: impl FnOnce(&mut PrintedCode)) -> PrintedCode {
    let piece = made.artifact().row().bundled(PictureNames::Dated);
    let mut printed = PrintedCode {
        appid: header().appid,
        scene: piece.scene,
        seq: piece.seq,
        channel: piece.channel,
        generation: piece.generation,
        created_at: piece.created_at,
        expires_at: piece.expires_at,
        url: piece.url,
        digest: piece.digest,
        names: piece.names,
        to: Recipient::new("Shop A").expect("a name"),
        handed_at: start(),
        revision: 1,
        is_latest: true,
        is_here: true,
    };
    change(&mut printed);
    printed
}

fn handed(piece: &PrintedCode) -> HandedGeneration {
    let PrintedCode { appid, scene, generation, to, .. } = piece.clone();
    HandedGeneration { appid, scene, generation, to }
}

/// What became of a code, and the day on which its old picture expires.
type Found = Option<(ChangeKind, &'static str)>;

#[test]
fn once_something_was_handed_over_codes_for_print_are_compared_with_paper_and_screens_with_the_revision_before()
 {
    let old = |days: i64| {
        move |piece: &mut PrintedCode| {
            piece.url.push_str("before");
            piece.digest = Digest::of(b"another");
            piece.expires_at = Some(start() + jiff::SignedDuration::from_hours(24 * days));
        }
    };
    let to_b = |piece: &mut PrintedCode| piece.to = Recipient::new("Shop B").expect("a name");
    let relabelled = |piece: &mut PrintedCode| piece.digest = Digest::of(b"other labels");
    let mut one = Campaign::new();
    one.add_plain(1, Scene::id(1).expect("a scene"), "North", Some(30));
    let first = &one.artifacts[0];
    let as_printed = |change: &dyn Fn(&mut PrintedCode)| on_paper(first, change);
    // What is on paper of a code for print, what went to print of it, and what became of it.
    let rows: [(&str, Vec<PrintedCode>, Option<u32>, Found); 9] = [
        ("nothing of it was handed over", vec![], None, Some((ChangeKind::New, ""))),
        ("its earlier generation was taken down", vec![], Some(7), Some((ChangeKind::New, ""))),
        ("it was taken down itself", vec![], Some(1), None),
        ("the newest hangs", vec![as_printed(&|_| ())], Some(1), None),
        ("another label", vec![as_printed(&relabelled)], Some(1), Some((ChangeKind::Relabelled, ""))),
        ("an earlier one", vec![as_printed(&old(9))], Some(7), Some((ChangeKind::Replaced, "2026-12-01"))),
        (
            "of two earlier ones the first to expire counts",
            vec![
                as_printed(&old(9)),
                as_printed(&|piece| {
                    old(5)(piece);
                    to_b(piece);
                }),
            ],
            Some(7),
            Some((ChangeKind::Replaced, "2026-11-27")),
        ),
        (
            "one shop has the newest, the other an earlier one",
            vec![
                as_printed(&|_| ()),
                as_printed(&|piece| {
                    old(5)(piece);
                    to_b(piece);
                }),
            ],
            Some(1),
            Some((ChangeKind::Replaced, "2026-11-27")),
        ),
        (
            "an earlier picture matters more than a label",
            vec![
                as_printed(&relabelled),
                as_printed(&|piece| {
                    old(5)(piece);
                    to_b(piece);
                }),
            ],
            Some(1),
            Some((ChangeKind::Replaced, "2026-11-27")),
        ),
    ];
    for (what, pieces, went, expected) in rows {
        let went = went.map(|generation| handed(&as_printed(&|piece| piece.generation = generation)));
        let known = OnPaper { pieces, handed: went.into_iter().collect() };
        let appid = &one.header.appid;
        // The revision before has the code as it is: that is not what it is compared with.
        let before = vec![piece(first, |_| ())];
        let changes = Changes::new(&[first.artifact()], appid, (Since::Revision(2), before), Some(known));
        let found = changes.changes.first().map(|change| {
            let at = change.replace_before().map(|at| beijing_date(at).to_string());
            (change.kind, at.unwrap_or_default())
        });
        assert_eq!(found, expected.map(|(kind, day)| (kind, day.to_owned())), "{what}");
        assert!(
            changes.changes.len() <= 1 && changes.changes.iter().all(|change| change.is_of_paper),
            "{what}"
        );
    }
}

#[test]
fn changes_csv_and_the_readme_say_what_each_code_is_compared_with() {
    let mut campaign = Campaign::new();
    campaign.add(1, Scene::id(1).expect("a scene"), "North", Some(30)).medium = Some(Medium::Paper);
    campaign.add(2, Scene::id(2).expect("a scene"), "Desk", Some(30)).medium = Some(Medium::Screen);
    campaign.add(3, Scene::id(3).expect("a scene"), "Wall", Some(30)).medium = Some(Medium::Screen);
    let mut gone = Campaign::new();
    let gone = gone.add_plain(5, Scene::id(5).expect("a scene"), "Gone", Some(3));
    let pieces = vec![
        on_paper(&campaign.artifacts[0], |piece| {
            piece.url.push_str("before");
            piece.names = PictureNames::Stable;
        }),
        on_paper(&campaign.artifacts[2], |_| ()),
        on_paper(gone, |_| ()),
    ];
    let known = OnPaper { handed: pieces.iter().map(handed).collect(), pieces };
    let artifacts: Vec<_> = campaign.artifacts.iter().map(Made::artifact).collect();
    let before = [1, 2].map(|index| piece(&campaign.artifacts[index], |piece| replace(piece, 9)));
    let since = (Since::Revision(2), before.to_vec());
    let changes = Changes::new(&artifacts, &campaign.header.appid, since, Some(known));
    drop(artifacts);
    campaign.changes = changes;
    campaign.header.declared = Declared::Mixed;
    let output = campaign.written();
    let shop = "g1 r1 2026-11-22 Shop A";
    let rows = [
        format!("replaced,1,1,id,North,North,1,1,images/000001_1_North.jpg,images/000001_1_North_g1_until-20261221.jpg,2026-12-22 15:04,{shop},paper,paper"),
        "replaced,2,2,id,Desk,Desk,0,1,images/000002_2_Desk_g0_until-20261130.jpg,images/000002_2_Desk_g1_until-20261221.jpg,2026-12-01 15:04,,screen,r2".to_owned(),
        "replaced,3,3,id,Wall,Wall,0,1,images/000003_3_Wall_g0_until-20261130.jpg,images/000003_3_Wall_g1_until-20261221.jpg,2026-12-01 15:04,,screen,r2".to_owned(),
        format!("withdrawn,3,3,id,Wall,Wall,1,1,images/000003_3_Wall_g1_until-20261221.jpg,images/000003_3_Wall_g1_until-20261221.jpg,2026-12-22 15:04,{shop},screen,paper"),
        format!("withdrawn,5,5,id,Gone,,1,,images/000005_5_Gone_g1_until-20261124.jpg,,2026-11-25 15:04,{shop},paper,paper"),
    ];
    let csv = output.entry("CHANGES.csv");
    assert_eq!(csv.split_terminator("\r\n").skip(1).collect::<Vec<_>>(), rows);
    let readme = output.entry("README.txt");
    for line in [
        "与已交付印刷的相比：换图 1 个，请重新印刷，最迟在 2026-12-21 换下旧图；撤下 1 个；已印出、现在仅用于屏幕 1 个，请取下。明细见 CHANGES.csv。",
        "屏幕用的与第 2 版相比：屏幕用换图 2 个，请最迟在 2026-11-30 把屏幕上的旧图换成新图。明细见 CHANGES.csv。",
        "Compared with what went to print: 1 picture replaced: reprint by 2026-12-21; 1 withdrawn; 1 on paper, but for screens now: take down. CHANGES.csv lists them.",
        "On screens since revision 2: 2 pictures for screens replaced: put the new ones on the screens by 2026-11-30. CHANGES.csv lists them.",
    ] {
        assert!(readme.contains(&format!("\r\n{line}\r\n")), "{line}\n{readme}");
    }
    assert_eq!(output.faults(), []);
}

#[test]
fn a_picture_went_to_print_if_its_generation_or_its_url_did() {
    let mut campaign = Campaign::new();
    campaign.add_plain(1, Scene::id(1).expect("a scene"), "North", Some(30));
    campaign.add_plain(2, Scene::id(2).expect("a scene"), "Desk", Some(30)).medium = Some(Medium::Screen);
    campaign.add_plain(3, Scene::id(3).expect("a scene"), "Hall", None).medium = Some(Medium::Paper);
    let appid = &campaign.header.appid;
    let unprinted = |known: &OnPaper| {
        let artifacts: Vec<_> = campaign.artifacts.iter().map(Made::artifact).collect();
        let mut seqs: Vec<_> = known.unprinted(appid, artifacts.iter().map(AsRow::row)).into_iter().collect();
        seqs.sort_unstable();
        seqs
    };
    assert_eq!(unprinted(&OnPaper::default()), [1, 3], "what is for screens is never printed");
    let first = on_paper(&campaign.artifacts[0], |_| ());
    let known = |piece: &PrintedCode| OnPaper { pieces: vec![], handed: vec![handed(piece)] };
    assert_eq!(unprinted(&known(&first)), [3], "also if it was taken down since");
    let earlier = PrintedCode { generation: 7, ..first.clone() };
    assert_eq!(unprinted(&known(&earlier)), [1, 3]);
    let other = PrintedCode { appid: AppId::new("wx1").expect("an appid"), ..first.clone() };
    assert_eq!(unprinted(&known(&other)), [1, 3]);
    let again = on_paper(&campaign.artifacts[2], |piece| piece.generation = 7);
    let known = OnPaper { handed: vec![handed(&first), handed(&again)], pieces: vec![first, again] };
    assert_eq!(unprinted(&known), [0; 0], "a permanent code that was issued again is the same picture");
    let of = |name: &str| known.clone().of(&Recipient::new(name).expect("a name"));
    assert_eq!((unprinted(&of("Shop A")), unprinted(&of("Shop B"))), (vec![], vec![1, 3]));
}

#[test]
fn a_codes_digest_changes_with_its_labels_its_issue_and_its_picture() {
    let digest = |change: &dyn Fn(&mut Made)| {
        let mut made = Campaign::small().artifacts.remove(0);
        change(&mut made);
        made.artifact().row().digest()
    };
    let same = digest(&|_| ());
    assert_eq!(digest(&|made| made.seq = 9), same);
    let changes: [&dyn Fn(&mut Made); 8] = [
        &|made| made.medium = Some(Medium::Paper),
        &|made| made.labels.channel = Channel::new("other").expect("a channel"),
        &|made| made.labels.tags = [tag("metro")].into(),
        &|made| made.labels.extras = extras(&[("a", "1")]),
        &|made| made.generation.number = 2,
        &|made| made.generation.created_at += jiff::SignedDuration::from_secs(1),
        &|made| made.generation.expires_at = None,
        &|made| made.generation.picture.as_mut().expect("a picture").digest = Digest::of(b"x"),
    ];
    for (index, change) in changes.iter().enumerate() {
        assert_ne!(digest(change), same, "change {index}");
    }
    let output = Campaign::small().written();
    let manifest = read_manifest(&output.path).expect("a manifest");
    assert_eq!(manifest.codes[0].row().digest(), same, "a manifest tells the same as the ledger");
}
