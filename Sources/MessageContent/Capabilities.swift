/// What a device says that it can honour (G10). Bits that are not known are kept and mean nothing.
package struct Capabilities: OptionSet, Hashable, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Opens view-once content once, by one call, and destroys it.
  package static let viewOnce = Capabilities(rawValue: 1)
  /// What this version can.
  package static let own: Capabilities = [.viewOnce]
}
