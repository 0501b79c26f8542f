package import ByteLayout

/// A nonce of a mailbox's fence, 16 random bytes; all zero means "none" (Protocol §3).
package struct FenceNonce: Hashable, Sendable {
  package let bytes: FixedBytes<16>
  package init(_ bytes: FixedBytes<16>) { self.bytes = bytes }

  /// 16 zero bytes: the nonce of generation 0, and "nothing proposed".
  package static let none = FenceNonce(FixedBytes())
}

/// How far a mailbox's fence has moved: generation g and its nonce n_g (Protocol §3).
package struct Fence: Hashable, Sendable {
  package let generation: UInt64
  package let nonce: FenceNonce

  package init(generation: UInt64, nonce: FenceNonce) {
    self.generation = generation
    self.nonce = nonce
  }

  /// Generation 0 with its zero nonce: what the very first opening presents.
  package static let unopened = Fence(generation: 0, nonce: .none)

  /// Presented by an owner whose user has said that every other copy of the vault is gone: whatever fence is in force, the
  /// proposal takes its place (Protocol §3). No mailbox gets this far by counting.
  package static let takingOver = Fence(generation: WireLimits.maximumCounter, nonce: .none)
}
