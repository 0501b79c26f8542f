/// The number of a value of the account. The users of the vault name theirs in an extension; a number is never reused.
package struct AccountValue: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int64
  package init(rawValue: Int64) { self.rawValue = rawValue }
}

/// The number of a value of this device. Named as ``AccountValue`` is.
package struct DeviceValue: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int64
  package init(rawValue: Int64) { self.rawValue = rawValue }
}

/// The number of a secret of this device. Named as ``AccountValue`` is.
package struct DeviceSecret: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int64
  package init(rawValue: Int64) { self.rawValue = rawValue }
}
