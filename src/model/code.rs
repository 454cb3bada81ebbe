//! One code that is wanted.

use super::scene::PERMANENT_ID_MAX;
use super::{Labels, Lifetime, Medium, Mistake, Scene};

/// A code that a campaign wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    scene: Scene,
    lifetime: Lifetime,
    labels: Labels,
    medium: Option<Medium>,
    is_reuse: bool,
}

impl Code {
    /// Checks that the platform takes this scene for this lifetime.
    pub fn new(scene: Scene, lifetime: Lifetime, labels: Labels) -> Result<Self, Mistake> {
        match &scene {
            Scene::Id(id) if lifetime.is_permanent() && !id.may_be_permanent() => {
                let message =
                    format!("a permanent code's id is at most {PERMANENT_ID_MAX}; this is {}", id.get());
                let help = "a permanent code with a text for its scene has no such limit";
                Err(Mistake::new("permanent-id", message).help(help))
            }
            _ => Ok(Self { scene, lifetime, labels, medium: None, is_reuse: false }),
        }
    }

    /// The same code, shown on this; `None` if nothing is declared.
    #[must_use]
    pub fn on(self, medium: Option<Medium>) -> Self {
        Self { medium, ..self }
    }

    /// The same code, whose scene may be a retired one of another channel.
    #[must_use]
    pub fn reusing(self, is_reuse: bool) -> Self {
        Self { is_reuse, ..self }
    }

    /// Whether its scene may be a retired one of another channel.
    pub fn is_reuse(&self) -> bool {
        self.is_reuse
    }

    /// What it carries.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// How long it lives.
    pub fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    /// What it is shown on, if that is declared.
    pub fn medium(&self) -> Option<Medium> {
        self.medium
    }

    /// Channel, tags and further columns.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }
}
