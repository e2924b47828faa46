//! The heap, which knows how many bytes were in use at most.

use core::alloc::{GlobalAlloc, Layout};
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use critical_section::RawRestoreState;
use embedded_alloc::LlffHeap;

const LENGTH: usize = 64 * 1024;

struct Heap {
    heap: LlffHeap,
    used: AtomicUsize,
    most: AtomicUsize,
}

#[global_allocator]
static HEAP: Heap =
    Heap { heap: LlffHeap::empty(), used: AtomicUsize::new(0), most: AtomicUsize::new(0) };

pub fn init() {
    // In a section that is not counted as static RAM: what is used of it is counted, as heap.
    #[unsafe(link_section = ".uninit.heap")]
    static mut MEMORY: [MaybeUninit<u8>; LENGTH] = [MaybeUninit::uninit(); LENGTH];
    // SAFETY: called once, before anything is allocated.
    unsafe { HEAP.heap.init(&raw mut MEMORY as usize, LENGTH) }
}

/// The bytes that were in use at most since this was called before, beyond those that are in use now.
pub fn most_used() -> usize {
    let used = HEAP.used.load(Relaxed);
    let most = HEAP.most.load(Relaxed);
    HEAP.most.store(used, Relaxed);
    most - used
}

// SAFETY: the heap beneath keeps the contract; this only counts.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Loads and stores instead of additions, which a Cortex-M0 has not; there is one thread.
        let used = self.used.load(Relaxed) + layout.size();
        self.used.store(used, Relaxed);
        self.most.store(self.most.load(Relaxed).max(used), Relaxed);
        // SAFETY: passed on.
        unsafe { self.heap.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.used.store(self.used.load(Relaxed) - layout.size(), Relaxed);
        // SAFETY: passed on.
        unsafe { self.heap.dealloc(pointer, layout) }
    }
}

/// One core, no interrupts: all of the program is a critical section.
struct AllOfIt;

critical_section::set_impl!(AllOfIt);

// SAFETY: see there.
unsafe impl critical_section::Impl for AllOfIt {
    unsafe fn acquire() -> RawRestoreState {}
    unsafe fn release(_: RawRestoreState) {}
}
