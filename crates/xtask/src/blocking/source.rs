//! The source of the async client.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::rc::Rc;

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::{Attribute, ImplItem, Item, ItemStruct, Type, UseTree, Visibility};

use super::paged::Paged;
use crate::Failure;

/// What the names in a file mean: their paths.
pub(super) type Names = Rc<BTreeMap<String, String>>;

/// The public types of the async client, by name.
#[derive(Default)]
pub(super) struct Source {
    types: BTreeMap<String, AsyncType>,
    /// The condition under which a module of the crate's root is compiled.
    conditions: BTreeMap<String, Attribute>,
}

/// One type: its declaration, and its `impl` blocks wherever they are.
#[derive(Default)]
pub(super) struct AsyncType {
    pub(super) declaration: Option<Declaration>,
    pub(super) blocks: Vec<Block>,
}

/// Where a type is declared.
pub(super) struct Declaration {
    pub(super) form: Form,
    pub(super) names: Names,
    pub(super) condition: Option<Attribute>,
}

/// How a type is declared.
pub(super) enum Form {
    Struct(ItemStruct),
    /// By the macro for builders of lists.
    Paged(Paged),
}

/// An inherent `impl` block.
pub(super) struct Block {
    pub(super) generics: syn::Generics,
    pub(super) self_ty: Type,
    pub(super) items: Vec<ImplItem>,
    pub(super) names: Names,
    pub(super) condition: Option<Attribute>,
}

impl Source {
    /// Reads the files of the crate at `src`; those of the blocking client are not part of it.
    pub(super) fn read(src: &Path) -> Result<Self, Failure> {
        let mut source = Self::default();
        for item in syn::parse_file(&fs::read_to_string(src.join("lib.rs"))?)?.items {
            let Item::Mod(module) = item else { continue };
            let condition =
                module.attrs.into_iter().find(|attribute| attribute.path().is_ident("cfg"));
            if let Some(condition) = condition {
                source.conditions.insert(module.ident.to_string(), condition);
            }
        }
        source.read_folder(src, "")?;
        Ok(source)
    }

    pub(super) fn get(&self, name: &str) -> Result<(&Declaration, &[Block]), Failure> {
        let found = self.types.get(name);
        let found = found.and_then(|found| Some((found.declaration.as_ref()?, &*found.blocks)));
        found.ok_or_else(|| {
            format!("codex-sdk has no public struct {name} to make a twin of").into()
        })
    }

    fn read_folder(&mut self, folder: &Path, module: &str) -> Result<(), Failure> {
        let mut paths = fs::read_dir(folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<Vec<_>, _>>()?;
        paths.sort();
        for path in paths {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let name = match (module, &*stem) {
                ("", _) => stem.clone(),
                (_, "mod") => module.to_owned(),
                _ => format!("{module}::{stem}"),
            };
            if path.is_dir() {
                if name != "blocking" {
                    self.read_folder(&path, &name)?;
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let read = self.read_text(&name, &fs::read_to_string(&path)?);
                read.map_err(|error| format!("{}: {error}", path.display()))?;
            }
        }
        Ok(())
    }

    /// Takes in one file.
    pub(super) fn read_text(&mut self, module: &str, text: &str) -> Result<(), Failure> {
        let file = syn::parse_file(text)?;
        let names = Rc::new(names(module, &file.items));
        let root = module.split("::").next().unwrap_or(module);
        let condition = self.conditions.get(root).cloned();
        for item in file.items {
            match item {
                Item::Impl(item) if item.trait_.is_none() => {
                    let Some(name) = type_name(&item.self_ty) else { continue };
                    let (names, condition) = (Rc::clone(&names), condition.clone());
                    self.types.entry(name).or_default().blocks.push(Block {
                        generics: item.generics,
                        self_ty: *item.self_ty,
                        items: item.items,
                        names,
                        condition,
                    });
                }
                Item::Struct(item) if matches!(item.vis, Visibility::Public(_)) => {
                    let name = item.ident.to_string();
                    self.declare(name, Form::Struct(item), &names, condition.clone());
                }
                Item::Macro(item) if item.mac.path.is_ident("paged") => {
                    let paged: Paged = syn::parse2(item.mac.tokens)?;
                    self.declare(
                        paged.name.to_string(),
                        Form::Paged(paged),
                        &names,
                        condition.clone(),
                    );
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn declare(&mut self, name: String, form: Form, names: &Names, condition: Option<Attribute>) {
        let names = Rc::clone(names);
        self.types.entry(name).or_default().declaration =
            Some(Declaration { form, names, condition });
    }
}

/// What the names that a file imports or declares mean.
fn names(module: &str, items: &[Item]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let inner: Vec<String> = items
        .iter()
        .filter_map(|item| match item {
            Item::Mod(module) => Some(module.ident.to_string()),
            _ => None,
        })
        .collect();
    for item in items {
        let declared = match item {
            Item::Use(item) => {
                let is_inner = |path: &syn::UsePath| inner.iter().any(|name| path.ident == name);
                let prefix = match &item.tree {
                    UseTree::Path(path) if is_inner(path) => format!("crate::{module}"),
                    _ => String::new(),
                };
                collect(&item.tree, &prefix, module, &mut names);
                continue;
            }
            Item::Enum(item) => &item.ident,
            Item::Struct(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::Type(item) => &item.ident,
            Item::Macro(item) => match &item.ident {
                Some(name) => name,
                None => continue,
            },
            _ => continue,
        };
        names.insert(declared.to_string(), reachable(&format!("crate::{module}::{declared}")));
    }
    names
}

fn collect(tree: &UseTree, prefix: &str, module: &str, names: &mut BTreeMap<String, String>) {
    let below = |name: &syn::Ident| match prefix {
        "" if name == "super" => match module.rsplit_once("::") {
            Some((parent, _)) => format!("crate::{parent}"),
            None => "crate".to_owned(),
        },
        "" => name.to_string(),
        _ => format!("{prefix}::{name}"),
    };
    match tree {
        UseTree::Path(path) => collect(&path.tree, &below(&path.ident), module, names),
        UseTree::Group(group) => {
            group.items.iter().for_each(|tree| collect(tree, prefix, module, names));
        }
        UseTree::Name(name) if name.ident != "self" && !prefix.is_empty() => {
            names.insert(name.ident.to_string(), reachable(&below(&name.ident)));
        }
        UseTree::Name(_) | UseTree::Rename(_) | UseTree::Glob(_) => {}
    }
}

/// The path by which another module of the crate reaches it: inner modules are private, and what they share is exported
/// by the one of the crate's root that they are in.
fn reachable(path: &str) -> String {
    let segments: Vec<&str> = path.split("::").collect();
    match segments[..] {
        ["crate", root, .., name] => format!("crate::{root}::{name}"),
        _ => path.to_owned(),
    }
}

fn type_name(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    }
}

/// The identifiers in some tokens that stand for themselves, not as the end of a path.
pub(super) fn identifiers(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_path = false;
    for token in tokens {
        match &token {
            TokenTree::Ident(ident) if !in_path => found.push(ident.to_string()),
            TokenTree::Group(group) => found.extend(identifiers(group.stream())),
            _ => {}
        }
        in_path = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':')
            && (in_path
                || matches!(&token, TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint));
    }
    found
}
