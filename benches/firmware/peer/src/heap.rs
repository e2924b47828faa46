//! A heap that knows the most bytes that were in use.

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
    // In a section that isn't counted as static RAM: what is used of it is counted as heap.
    #[unsafe(link_section = ".uninit.heap")]
    static mut MEMORY: [MaybeUninit<u8>; LENGTH] = [MaybeUninit::uninit(); LENGTH];
    // SAFETY: called once, before anything is allocated.
    unsafe { HEAP.heap.init(&raw mut MEMORY as usize, LENGTH) }
}

/// The most bytes that were in use since the last call, minus those in use now.
pub fn most_used() -> usize {
    let used = HEAP.used.load(Relaxed);
    let most = HEAP.most.load(Relaxed);
    HEAP.most.store(used, Relaxed);
    most - used
}

// SAFETY: the inner heap keeps the contract; this type only counts.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Loads and stores, because a Cortex-M0 has no atomic addition. There is one thread.
        let used = self.used.load(Relaxed) + layout.size();
        self.used.store(used, Relaxed);
        self.most.store(self.most.load(Relaxed).max(used), Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { self.heap.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.used.store(self.used.load(Relaxed) - layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { self.heap.dealloc(pointer, layout) }
    }
}

/// With one core and no interrupts, the whole program is a critical section.
struct AllOfIt;

critical_section::set_impl!(AllOfIt);

// SAFETY: nothing can interrupt the program.
unsafe impl critical_section::Impl for AllOfIt {
    unsafe fn acquire() -> RawRestoreState {}
    unsafe fn release(_: RawRestoreState) {}
}
