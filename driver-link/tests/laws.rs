//! The rules of a link, tested on each transport. docs/src/recipes/machines.md describes them.

mod laws {
    pub(crate) mod end;
    pub(crate) mod filter;
    pub(crate) mod linked;
    pub(crate) mod message;
    pub(crate) mod presence;
    pub(crate) mod pressure;
}
mod support;

/// Makes a test of each law, on one transport.
macro_rules! hold {
    ($transport:ident: $way:ty { $($group:ident: $($law:ident),+;)+ }) => {
        mod $transport {
            $($(
                #[test]
                fn $law() -> anyhow::Result<()> {
                    crate::laws::$group::$law::<$way>()
                }
            )+)+
        }
    };
}

/// Makes a test of each law, on each transport.
macro_rules! laws {
    ($($laws:tt)+) => {
        hold! { simulated: crate::support::Simulated { $($laws)+ } }
        hold! { coded: crate::support::Coded { $($laws)+ } }
        hold! { threads: crate::support::OnThreads { $($laws)+ } }
        #[cfg(feature = "zenoh")]
        hold! { zenoh: crate::support::OnZenoh { $($laws)+ } }
    };
}

laws! {
    presence:
        link_s01_a_pid_from_over_there_is_unknown_here,
        link_s02_a_failure_is_known_over_there_and_takes_no_other_along,
        link_s06_who_sees_whom_is_as_in_one_ground,
        link_s06_both_are_told_of_what_both_are_about,
        link_s06_a_ground_that_comes_late_is_told_of_all_there_is,
        link_s06_what_was_there_before_the_link_is_told_of_too,
        link_s07_presence_and_absence_come_strictly_in_turn,
        link_s07_an_absence_has_its_reason,
        link_s07_each_of_many_equal_endpoints_is_told_of,
        link_s08_an_update_is_not_seen_over_there,
        link_s14_what_a_nested_vm_has_at_the_ground_is_mirrored;
    message:
        link_s05_a_message_comes_once_to_each_endpoint_however_many_mirrors_match,
        link_s05_a_message_comes_once_also_in_a_flood,
        link_s05_feedback_goes_the_other_way,
        link_s05_messages_of_one_sender_keep_their_order_among_types,
        link_s05_a_message_overtakes_nothing_of_its_own_sender,
        link_s05_what_came_by_a_link_goes_out_by_no_other,
        link_s05_those_who_merely_watch_hear_too,
        link_s05_a_message_for_nobody_is_dropped_where_it_was_sent,
        link_s05_one_message_may_be_sent_both_ways;
    filter:
        link_s05_only_messages_within_the_filters_pass,
        link_s05_nobody_hears_over_a_link_what_he_is_not_told_to_hear,
        link_s06_nobody_sees_a_listener_who_is_sent_nothing,
        link_s06_endpoints_are_told_of_as_far_as_they_are_within_the_filters,
        link_s06_what_only_one_side_shares_stays_at_home,
        link_s06_a_type_may_not_be_shared_twice;
    linked:
        link_s01_each_run_has_an_identity_of_its_own,
        link_s01_a_name_may_be_used_twice,
        link_s09_linked_comes_after_all_that_is_mirrored_and_goes_after_it,
        link_s09_a_ground_that_is_linked_with_one_is_not_with_the_other;
    pressure:
        link_s16_pressure_is_told_by_presence_and_nothing_is_lost,
        link_s16_above_the_limit_the_link_is_lost_and_begins_anew,
        link_s16_others_do_not_notice_a_slow_ground,
        link_s16_a_ground_with_a_narrow_window_is_told_in_time_what_a_wider_one_takes;
    end:
        link_s11_a_link_that_goes_is_an_absence_of_all_behind_it_with_its_error,
        link_s15_a_program_ends_when_nobody_in_it_shares_any_more,
        link_s18_a_stop_sends_what_was_accepted_and_takes_leave;
}
