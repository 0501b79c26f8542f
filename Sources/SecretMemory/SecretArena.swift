import CSodium
import Glibc
import Synchronization

/// Locked memory for secrets, cut into slots.
///
/// `sodium_malloc` costs about 90 µs and its guard pages run out after 16 364 allocations; a ratchet step needs five keys.
/// So whole regions are taken from it (guard pages around them, locked against swap, left out of core dumps) and
/// handed out in slots of a few sizes; a slot is wiped before it returns to its free list.
final class SecretArena: Sendable {
  static let shared = SecretArena()

  /// Slot sizes in bytes. 64 holds a key and its nonce; the large ones hold a ratchet state while it is sealed.
  static let slotByteCounts = [64, 512, 4_096, 32_768, 262_144]
  /// A region of small slots. Locked memory is scarce (RLIMIT_MEMLOCK is 8 MiB by default).
  private static let regionByteCount = 65_536
  /// Together less than the usual RLIMIT_MEMLOCK, so that the arena and not the kernel says no.
  static let maximumByteCount = 6 * 1_024 * 1_024

  /// A slot: its address and the index of its size. Owned by exactly one `SecretBytes`.
  @safe struct Slot: @unchecked Sendable {  // Sendable: the address is unique to its owner, and regions are never freed
    let address: UnsafeMutableRawPointer
    let sizeIndex: Int
  }

  @safe private struct State: @unchecked Sendable {  // Sendable: only reached under the mutex
    var free: [[UnsafeMutableRawPointer]] = unsafe Array(repeating: [], count: SecretArena.slotByteCounts.count)
    var byteCount = 0
  }

  private let state = Mutex(State())

  #if DEBUG
    /// Tests show that they would find what is left without wiping, here and in `WipingFree`.
    private static let keepsFreedMemory = unsafe getenv("SOTTO_TEST_KEEP_FREED_MEMORY") != nil
  #else
    private static let keepsFreedMemory = false
  #endif

  /// Takes a zeroed slot of at least `byteCount` bytes.
  func take(byteCount: Int) throws(SecretMemoryError) -> Slot {
    guard let sizeIndex = Self.slotByteCounts.firstIndex(where: { $0 >= byteCount }), byteCount >= 0 else {
      throw .unsupportedByteCount(byteCount)
    }
    return try state.withLock { (state: inout State) throws(SecretMemoryError) -> Slot in
      if unsafe state.free[sizeIndex].isEmpty { try Self.grow(&state, sizeIndex: sizeIndex) }
      return unsafe Slot(address: state.free[sizeIndex].removeLast(), sizeIndex: sizeIndex)
    }
  }

  /// Wipes the slot and makes it available again.
  func giveBack(_ slot: Slot) {
    if !Self.keepsFreedMemory { unsafe sodium_memzero(slot.address, Self.slotByteCounts[slot.sizeIndex]) }
    state.withLock { unsafe $0.free[slot.sizeIndex].append(slot.address) }
  }

  private static func grow(_ state: inout State, sizeIndex: Int) throws(SecretMemoryError) {
    let slotByteCount = slotByteCounts[sizeIndex]
    let byteCount = max(regionByteCount, slotByteCount)
    guard state.byteCount + byteCount <= maximumByteCount else { throw .arenaExhausted(limit: maximumByteCount) }
    guard sodium_init() >= 0, let region = unsafe sodium_malloc(byteCount) else {
      throw .cannotLock(byteCount: byteCount)
    }
    // sodium_malloc does not report a refused lock; asking again for the same pages does.
    guard unsafe sodium_mlock(region, byteCount) == 0 else {
      unsafe sodium_free(region)
      throw .cannotLock(byteCount: byteCount)
    }
    unsafe sodium_memzero(region, byteCount)
    state.byteCount += byteCount
    for offset in stride(from: byteCount - slotByteCount, through: 0, by: -slotByteCount) {
      unsafe state.free[sizeIndex].append(region + offset)
    }
  }
}
