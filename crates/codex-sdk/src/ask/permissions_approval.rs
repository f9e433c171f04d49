//! May the turn have more permissions?

use super::ask;
use codex_protocol::{
    GrantedPermissionProfile, PermissionGrantScope, PermissionsRequestApprovalParams,
    PermissionsRequestApprovalResponse, RequestPermissionProfile,
};

ask! {
    /// The server asks for permissions, to reach files or the network (`item/permissions/requestApproval`).
    pub struct PermissionsApproval(PermissionsRequestApprovalParams);
}

impl PermissionsApproval {
    /// What is asked for.
    pub fn requested(&self) -> &RequestPermissionProfile {
        &self.params.permissions
    }

    /// Why it is asked for, in the model's words.
    pub fn reason(&self) -> Option<&str> {
        self.params.reason.as_deref()
    }

    /// Grants all that is asked for, for the turn or for the session. Gives whether the answer was still wanted.
    #[inline]
    pub fn grant(self, scope: PermissionGrantScope) -> bool {
        let mut granted = GrantedPermissionProfile::default();
        granted.file_system.clone_from(&self.params.permissions.file_system);
        granted.network.clone_from(&self.params.permissions.network);
        self.grant_only(granted, scope)
    }

    /// Grants these permissions, which may be a part of what is asked for. Gives whether the answer was still wanted.
    pub fn grant_only(
        self,
        permissions: GrantedPermissionProfile,
        scope: PermissionGrantScope,
    ) -> bool {
        let response = PermissionsRequestApprovalResponse::new(permissions).scope(scope);
        self.responder.respond(&response)
    }
}
