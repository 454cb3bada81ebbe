use super::super::changes_in_words as english;
use super::*;

/// How a code was before: the same but for what `change` does to it.
fn piece(made: &Made, change: impl FnOnce(&mut BundledCode)) -> BundledCode {
    let mut piece = made.artifact().row().bundled();
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
    let mut comparison = Comparison::with(&artifacts);
    earlier.into_iter().for_each(|piece| comparison.add(piece));
    comparison.finish(since)
}

const CHANGED: [&str; 7] = [
    "\u{FEFF}change,seq,scene,scene_type,channel_before,channel,generation_before,generation,image_before,image,replace_before,on_paper,medium",
    "replaced,1,1001,id,Metro line 2,Metro line 2,3,4,images/000001_1001_Metro-line-2_g3_until-20261218.jpg,images/000001_1001_Metro-line-2_g4_until-20261221.jpg,2026-12-19 15:04,,paper",
    "relabelled,2,北京-7,str,\"北京, 门店\",北京 门店（一）,1,1,\"images/000002_北京-7_北京,-门店_g1_until-20261128.jpg\",images/000002_北京-7_北京-门店（一）_g1_until-20261128.jpg,,,screen",
    "new,4,'007,str,,'=new,,1,,images/000004_007_=new_g1_until-20261221.jpg,,,",
    "withdrawn,5,5,id,'@gone,,1,,images/000005_5_@gone_g1_until-20261124.jpg,,2026-11-25 15:04,,screen",
    "replaced,7,x,str,Hall,Hall,1,2,images/000007_x_Hall_g1_until-20261130.jpg,images/000007_x_Hall_g2.jpg,2026-12-01 15:04,,",
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
            "与第 2 版相比：新增 1 个；换图 2 个，请在 2026-12-01 之前重新印刷；仅改标注 1 个，不要重印；撤下 1 个。\
             明细见 CHANGES.csv。",
            "Since revision 2: 1 new; 2 pictures replaced: reprint before 2026-12-01; 1 only relabelled: do not \
             reprint; 1 withdrawn. CHANGES.csv lists them.",
        ]
    );
    for (media, chinese, english) in [
        (
            [Medium::Paper, Medium::Screen],
            "换图 1 个，请在 2026-12-19 之前重新印刷；屏幕用换图 1 个，请在 2026-12-01 之前把屏幕上的旧图换成新图；",
            "1 picture replaced: reprint before 2026-12-19; 1 picture for screens replaced: put the new one on the \
             screens before 2026-12-01; ",
        ),
        (
            [Medium::Screen, Medium::Screen],
            "新增 1 个；屏幕用换图 2 个，请在 2026-12-01 之前把屏幕上的旧图换成新图；",
            "1 new; 2 pictures for screens replaced: put the new ones on the screens before 2026-12-01; ",
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
    campaign.changes = Changes::unknown(2);
    assert_eq!(
        said(&campaign),
        [
            "台账没有记录第 2 版的内容，所以不知道有什么变化。",
            "The ledger has no record of what revision 2 held: what changed is not known.",
        ]
    );
    let same: Vec<_> = campaign.artifacts.iter().map(|made| piece(made, |_| ())).collect();
    campaign.changes = changes(&campaign, same, Since::Revision(2));
    assert_eq!(said(&campaign), ["与第 2 版相比，二维码没有变化。", "Since revision 2 no code changed."]);
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
