/// What belongs to one connection of a relay.
package enum RelayConnection {
  /// Mailboxes that one connection may have open: a device has one at each relay, and routes for four.
  package static let maximumOpenMailboxes = 64
}
