import ByteLayout
import CSodium
import Verification

/// libsodium, checked before its first use.
enum Library {
  /// The base point plus the point of order two: on the curve, not in the main subgroup.
  ///
  /// Versions of libsodium with CVE-2025-69277 take it for valid; with them an Ed25519 key could be chosen such that
  /// its X25519 form lies outside the group.
  private static let mixedOrderPoint: [UInt8] = [
    0x95, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99,
    0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99,
  ]

  private static let isUsable: Bool = {
    guard sodium_init() >= 0 else { return false }
    var converted = [UInt8](repeating: 0, count: 32)
    return unsafe crypto_sign_ed25519_pk_to_curve25519(&converted, mixedOrderPoint) != 0
  }()

  /// - Throws: ``PrimitiveError/libraryUnusable`` when libsodium cannot run or accepts the known bad point.
  static func start() throws(PrimitiveError) {
    guard isUsable else { throw .libraryUnusable }
  }
}
