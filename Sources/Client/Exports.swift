// Whoever imports HoldfastClient gets the words of the trade and the messages with it: their
// public types are the arguments and results of the client.
@_exported public import Inventory
@_exported public import Wire
