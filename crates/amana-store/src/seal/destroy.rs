//! Changes of the root file that make keys go, and those that let new ones come.

use super::{Root, SealError, key::SecretKey, root_file::Content};
use crate::dice::Dice;

impl Root {
    /// First step of destroying keys: these buckets get new keys and keep the old ones, and the journal begins a new
    /// epoch, whose number is returned. All in one replacement of the file.
    ///
    /// 1. The rings without the doomed keys are committed. Until that is done no bucket key of theirs may be new: a ring
    ///    that still held a doomed key would be wrapped under it, and survive.
    /// 2. This step.
    /// 3. [`super::rewrap`] for each bucket.
    /// 4. [`Root::finish_destroying`].
    ///
    /// After a crash between 2 and 4, [`Root::rekeying`] tells the buckets to go on with at 3; after a crash between 1 and
    /// 2 only whoever has noted it in the commit of 1 knows. Beginning again is always right: a bucket gets a further key
    /// and keeps all its older ones until the end, and so what was taken out of rings since is destroyed too.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub fn begin_destroying(&self, buckets: &[u16], dice: &mut dyn Dice) -> Result<u32, SealError> {
        let mut epoch = 0;
        self.change(dice, |content, dice| {
            for (place, bucket) in buckets.iter().enumerate() {
                if !buckets[..place].contains(bucket) {
                    content.bucket_mut(*bucket)?.rekey(dice)?;
                }
            }
            epoch = begin_journal_epoch(content, dice)?;
            Ok(true)
        })?;
        Ok(epoch)
    }

    /// Last step of destroying keys: the old keys of these buckets are forgotten, and with them every ring that was not
    /// wrapped anew, wherever it survives; and the keys of the journal's epochs before a number, if one is given. All in
    /// one replacement of the file, and in none when there is nothing to forget (any more).
    ///
    /// Epochs of the journal may be forgotten when all their records were worked on: when
    /// [`Root::journal_epochs_in_use`] has passed them, and after that the journal's reader has passed the log's head.
    ///
    /// # Errors
    /// [`SealError::NotRewrapped`] when not all rings of a bucket were wrapped anew by this process since its newest key
    /// came, [`SealError::JournalInUse`] when an epoch to be forgotten is still written in, or when the file cannot be
    /// written; then nothing has changed.
    pub fn finish_destroying(
        &self,
        buckets: &[u16],
        forget_journal_before: Option<u32>,
        dice: &mut dyn Dice,
    ) -> Result<(), SealError> {
        self.change(dice, |content, _| {
            let mut changed = false;
            for number in buckets {
                let bucket = content.bucket_mut(*number)?;
                if bucket.old.is_empty() {
                    continue;
                }
                // Forgetting the key of a ring that is still wrapped with it would lose a person's data for good.
                if self.rewrapped().get(number) != Some(&bucket.current.number) {
                    return Err(SealError::NotRewrapped { bucket: *number });
                }
                bucket.old.clear();
                changed = true;
            }
            let forgotten = forget_journal_before.map_or(Ok(false), |epoch| self.forget_journal(content, epoch))?;
            Ok(changed || forgotten)
        })?;
        self.rewrapped().retain(|bucket, _| !buckets.contains(bucket));
        Ok(())
    }

    /// Begins a new epoch of the journal and returns its number.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub fn begin_journal_epoch(&self, dice: &mut dyn Dice) -> Result<u32, SealError> {
        self.begin_destroying(&[], dice)
    }

    /// Forgets the keys of the journal's epochs before this one; the newest is always kept. When they may be forgotten:
    /// [`Root::finish_destroying`].
    ///
    /// # Errors
    /// [`SealError::JournalInUse`], or when the file cannot be written; then nothing has changed.
    pub fn forget_journal_epochs_before(&self, epoch: u32, dice: &mut dyn Dice) -> Result<(), SealError> {
        self.finish_destroying(&[], Some(epoch), dice)
    }

    /// Takes the keys out of the content; true when there were any.
    fn forget_journal(&self, content: &mut Content, before: u32) -> Result<bool, SealError> {
        let known = content.journal.len();
        let before = content.journal.last().map_or(before, |(newest, _)| before.min(*newest));
        if let Some(epoch) = self.journal_epochs_in_use().filter(|oldest| *oldest < before) {
            return Err(SealError::JournalInUse { epoch });
        }
        content.journal.retain(|(number, _)| *number >= before);
        Ok(content.journal.len() < known)
    }

    /// Begins a new index secret; older ones stay readable. Returns its version.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub fn begin_index_secret(&self, dice: &mut dyn Dice) -> Result<u8, SealError> {
        let mut version = 0;
        self.change(dice, |content, dice| {
            let newest = content.index_secrets.last().map_or(0, |(newest, _)| *newest);
            version = newest.checked_add(1).ok_or(SealError::TooMany("index secrets"))?;
            content.index_secrets.push((version, SecretKey::random(dice)));
            Ok(true)
        })?;
        Ok(version)
    }

    /// Forgets the index secrets of these versions, when no key of the index was made with them any more. The newest
    /// always stays: a rotation that begins meanwhile must not make this the last word about an older one.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub fn forget_index_secrets(&self, versions: &[u8], dice: &mut dyn Dice) -> Result<(), SealError> {
        self.change(dice, |content, _| {
            let known = content.index_secrets.len();
            let newest = content.index_secrets.last().map(|(newest, _)| *newest);
            content.index_secrets.retain(|(version, _)| Some(*version) == newest || !versions.contains(version));
            Ok(content.index_secrets.len() < known)
        })
    }
}

fn begin_journal_epoch(content: &mut Content, dice: &mut dyn Dice) -> Result<u32, SealError> {
    let newest = content.journal.last().map_or(0, |(newest, _)| *newest);
    let epoch = newest.checked_add(1).ok_or(SealError::TooMany("journal epochs"))?;
    content.journal.push((epoch, SecretKey::random(dice)));
    Ok(epoch)
}
