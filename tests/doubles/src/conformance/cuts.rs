//! A call that breaks, wherever it can break, is paid once or not at all.

use super::{Bench, Contract};
use crate::proxy::{Cut, Proxy};
use domain::vendor::{Class, Outcome};
use providers::desk::Wire;

/// Wherever a start breaks, nothing is taken for refused that may have been accepted.
///
/// What was accepted is found where the vendor lets one look, and nothing is asked for twice.
pub async fn a_start_that_breaks_anywhere_is_never_taken_for_a_refusal(contract: fn() -> Contract) {
    for cut in Cut::ALL {
        let mut bench = Bench::open(contract).await;
        let (proxy, certificate) = Proxy::secure(&bench.double, cut).await;
        bench.base = format!("https://{}{}", proxy.address, bench.contract.base);
        bench.wire = Wire::trusting(certificate);
        let answer = bench.start(&bench.order).await;
        let accepted = bench.double.shop.books().work.len();
        assert_eq!(accepted, usize::from(cut.accepted()), "{cut:?}: {answer:?}");
        // Nothing can have been sent before it was agreed how to encrypt it: whoever is next may be asked.
        let unsent = cut == Cut::Connected;
        let certain =
            matches!(&answer.outcome, Outcome::Refused(why) if why.class == Class::Elsewhere);
        let unknown = matches!(answer.outcome, Outcome::Unknown(_));
        assert_eq!((certain, unknown), (unsent, !unsent), "{cut:?}: {:?}", answer.outcome);
        if cut.accepted() && bench.contract.finds {
            let found = bench.contract.vendor.find(&bench.desk(), &bench.order).await;
            let answer = bench.end(&bench.order, found).await;
            assert!(matches!(answer.outcome, Outcome::Done(_)), "{cut:?}: {:?}", answer.outcome);
        }
        assert_eq!(bench.double.shop.books().work.len(), accepted, "{cut:?}");
    }
}
