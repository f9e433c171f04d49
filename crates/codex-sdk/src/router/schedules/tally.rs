//! How often what happened, so that a test can tell whether enough did.

/// How often what happened.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) overflows: u64,
    pub(super) adopted: u64,
    pub(super) joined: u64,
    pub(super) refused: u64,
    pub(super) busy: u64,
    pub(super) abandoned: u64,
    pub(super) timed_out: u64,
    pub(super) answered: u64,
    pub(super) withdrawn_in_hand: u64,
    pub(super) lost: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.overflows += other.overflows;
        self.adopted += other.adopted;
        self.joined += other.joined;
        self.refused += other.refused;
        self.busy += other.busy;
        self.abandoned += other.abandoned;
        self.timed_out += other.timed_out;
        self.answered += other.answered;
        self.withdrawn_in_hand += other.withdrawn_in_hand;
        self.lost += other.lost;
    }

    pub(super) fn is_rich(&self) -> bool {
        let all = [
            self.overflows,
            self.adopted,
            self.joined,
            self.refused,
            self.busy,
            self.abandoned,
            self.timed_out,
            self.answered,
            self.withdrawn_in_hand,
            self.lost,
        ];
        all.iter().all(|count| *count > 20)
    }
}
