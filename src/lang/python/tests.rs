//! What Python becomes, statement by statement.
