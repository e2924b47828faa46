//! What lists of fixed capacity have in common. They are in no order, and no step of theirs can
//! panic, or moves more than one element.

use heapless::Vec;

/// Takes out the elements of which this is true. The last ones take their places.
pub(crate) fn remove<T, const N: usize>(list: &mut Vec<T, N>, mut goes: impl FnMut(&T) -> bool) {
    let mut at = 0;
    while let Some(element) = list.get(at) {
        if !goes(element) {
            at += 1;
            continue;
        }
        if let Some((last, others)) = list.split_last_mut()
            && let Some(place) = others.get_mut(at)
        {
            core::mem::swap(place, last);
        }
        list.pop();
    }
}

/// A list of these elements, of which there are up to `N`.
pub(crate) fn collect<T, const N: usize>(elements: impl Iterator<Item = T>) -> Vec<T, N> {
    let mut list = Vec::new();
    for element in elements {
        if list.push(element).is_err() {
            break;
        }
    }
    list
}
