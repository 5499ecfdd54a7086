//! The C structs of the plugin boundary, nothing else.
