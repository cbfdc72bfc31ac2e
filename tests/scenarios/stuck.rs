//! Every way to hang, made to happen and reported within one sweep.
