//! What the ports [`Store`], [`Objects`](crate::Objects) and [`Uploads`](crate::Uploads) mean: one function per promise,
//! each given an empty store, empty objects or an empty bucket, each panicking with what it found and what it wanted.
//! Every adapter of each port passes all that its port promises.
//!
//! Where the port leaves room the suite does too: an index may lag, so it is read until it shows what it must;
//! a transaction that meets another may be told to try again; a body is compared as JSON; a folder of uploads has each
//! file's last version only, and no file of some keys that a bucket takes.
//!
//! The tests of an adapter are one line, `platform::store_contract!(make)`, where `make` is an
//! `async fn() -> Arc<dyn Store>`; or `platform::objects_contract!(make)`, of an `async fn() -> Arc<dyn Objects>`; or
//! `platform::uploads_contract!(make)`, of an `async fn() -> Arc<dyn UploadBucket>`: the port only reads, so that a
//! suite needs the side of the people who put files too.
#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a suite reports a broken promise by panicking, as an assertion does"
)]

mod kit;
mod objects;
mod reads;
mod uploads;
mod writes;

use std::sync::Arc;

pub use objects::*;
pub use reads::*;
pub use uploads::*;
pub use writes::*;

use crate::store::Store;

/// Runs every promise in turn, each on a store of its own.
pub async fn suite(make: impl AsyncFn() -> Arc<dyn Store>) {
    crate::store_contract!(@list suite make);
}

/// Runs every promise of uploads in turn, each on a bucket of its own.
pub async fn uploads_suite(make: impl AsyncFn() -> Arc<dyn UploadBucket>) {
    crate::uploads_contract!(@list suite make);
}

/// Writes one test per promise; the argument is an `async fn() -> Arc<dyn Store>` that makes an empty store.
#[macro_export]
macro_rules! store_contract {
    ($make:path) => { $crate::store_contract!(@list tests $make); };
    (@list $what:ident $make:path) => {
        $crate::store_contract! { @$what $make:
            conditions_compare_what_is_stored
            tables_are_apart
            the_loser_learns_who_won
            a_transaction_is_all_or_nothing
            the_first_failed_write_is_named
            a_key_is_written_once_per_transaction
            a_transaction_has_1_to_100_writes
            sizes_are_limited
            the_next_version_is_the_only_one
            malformed_items_are_refused
            keys_and_bodies_survive
            no_update_is_lost
            a_query_is_in_order_and_pages_give_each_once
            a_prefix_does_not_leak
            an_index_is_in_order_up_to_and_including
            index_pages_give_each_once
            an_index_entry_moves_and_disappears
            an_index_cursor_stays_right_while_others_write
            a_query_cursor_stays_right_while_others_write
            a_scan_cursor_stays_right_while_others_write
            segments_cover_each_exactly_once
            malformed_reads_are_refused
        }
    };
    (@tests $make:path: $($promise:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                $crate::contract::$promise($make().await).await;
            }
        )*
    };
    (@suite $make:path: $($promise:ident)*) => {
        $( $crate::contract::$promise($make().await).await; )*
    };
}

/// Writes one test per promise; the argument is an `async fn() -> Arc<dyn Objects>` that makes empty objects.
#[macro_export]
macro_rules! objects_contract {
    ($make:path) => {
        $crate::store_contract! { @tests $make:
            an_object_is_what_was_put_last
            a_key_is_one_object
            hostile_keys_are_refused
            a_put_is_whole_or_not_there
        }
    };
}

/// Writes one test per promise; the argument is an `async fn() -> Arc<dyn UploadBucket>` that makes an empty bucket.
#[macro_export]
macro_rules! uploads_contract {
    ($make:path) => { $crate::uploads_contract!(@list tests $make); };
    (@list $what:ident $make:path) => {
        $crate::store_contract! { @$what $make:
            every_version_is_listed_with_size_and_arrival
            a_version_is_the_bytes_that_were_put
            a_prefix_is_of_keys_and_leaks_no_neighbour
            what_was_deleted_is_nothing
            a_version_is_of_one_key
            keys_come_back_as_they_were_put
            hostile_keys_do_no_harm
            pages_give_each_once_while_others_put
            a_list_goes_on_while_others_put_and_delete
        }
    };
}
