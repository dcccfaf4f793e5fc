//! The thumbnails that are on screen, as textures.

use std::collections::BTreeMap;

use egui::{Context, TextureHandle, TextureId, TextureOptions};

use super::list::List;
use super::row::RowId;

/// Textures of the entries that were visible lately. The list may have thousands; the graphics
/// card need not.
#[derive(Default)]
pub(super) struct Thumbnails {
    textures: BTreeMap<RowId, TextureHandle>,
}

impl Thumbnails {
    /// The texture of an entry, once it has been visible for a pass.
    pub(super) fn get(&self, id: RowId) -> Option<TextureId> {
        self.textures.get(&id).map(TextureHandle::id)
    }

    /// Makes textures for what is visible, and lets go of others when there are many.
    pub(super) fn show(&mut self, ctx: &Context, list: &List, visible: &[RowId]) {
        if self.textures.len() > MOST.max(visible.len()) {
            self.textures.retain(|id, _| visible.contains(id));
        }
        for id in visible {
            let Some(picture) = list.get(*id).and_then(|row| row.picture.as_ref()) else {
                continue;
            };
            self.textures.entry(*id).or_insert_with(|| {
                ctx.request_repaint();
                ctx.load_texture("thumbnail", picture.clone(), TextureOptions::LINEAR)
            });
        }
    }
}

/// Some screens full, at about 50 kB each.
const MOST: usize = 200;
